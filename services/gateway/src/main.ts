import { runService } from '@careplane/kit';
import { gateway } from './service.ts';

await runService(gateway);
