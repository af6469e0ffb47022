import { runService } from '@careplane/kit';
import { mailSink } from './service.ts';

await runService(mailSink);
