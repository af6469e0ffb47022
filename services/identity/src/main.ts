import { runService } from '@careplane/kit';
import { identity } from './service.ts';

await runService(identity);
