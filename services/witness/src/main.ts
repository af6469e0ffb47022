import { runService } from '@careplane/kit';
import { witness } from './service.ts';

await runService(witness);
