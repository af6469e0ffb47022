import { runService } from '@careplane/kit';
import { notifications } from './service.ts';

await runService(notifications);
