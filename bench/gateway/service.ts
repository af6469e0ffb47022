import { appointments } from '@careplane/appointments';
import { gateway } from '@careplane/gateway';
import { identity } from '@careplane/identity';
import { startService } from '@careplane/kit';
import type { RunningService } from '@careplane/kit';

/** One service in a process of its own, by its name; its address goes to the parent. */
const start: Readonly<Record<string, () => Promise<RunningService>>> = {
  appointments: () => startService(appointments, { env: process.env }),
  gateway: () => startService(gateway, { env: process.env }),
  identity: () => startService(identity, { env: process.env }),
};
const running = await start[process.argv[2] ?? '']?.();
if (!running) throw new Error('there is no such service');
process.send?.({ url: running.url });
process.on('SIGTERM', () => {
  void running.stop().then(() => process.exit(0));
});
