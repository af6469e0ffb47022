import { identity } from '@careplane/identity';
import { startService } from '@careplane/kit';
import { hashPassword } from '../../services/identity/src/passwords/argon2id.ts';

/** Identity in a process of its own, which tells its parent what its CPU was used for. */
const running = await startService(identity, { env: process.env });

/** Of all threads, in milliseconds. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** What the parent asks for: the CPU used until now, after so many hashes. */
process.on('message', ({ hashes }: { hashes: number }) => {
  const answer = async (): Promise<void> => {
    for (let n = 0; n < hashes; n += 1) await hashPassword('a quiet otter in the harbour');
    process.send?.({ cpuMs: cpu() });
  };
  void answer();
});
process.on('SIGTERM', () => {
  void running.stop().then(() => process.exit(0));
});
process.send?.({ url: running.url });
