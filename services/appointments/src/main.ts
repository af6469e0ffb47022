import { runService } from '@careplane/kit';
import { appointments } from './service.ts';

await runService(appointments);
