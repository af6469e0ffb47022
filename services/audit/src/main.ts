import { runService } from '@careplane/kit';
import { audit } from './service.ts';

await runService(audit);
