import { runService } from '@careplane/kit';
import { records } from './service.ts';

await runService(records);
