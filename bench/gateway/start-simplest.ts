import { join } from 'node:path';
import { ROOT } from '../lib/cache.ts';
import { nextMessage, startMeasured, type Measured } from '../lib/process.ts';
import type { Clinic } from './clinic.ts';

/** `simplest.ts` on the clinic's database, as two processes. */
export interface Simplest {
  /** Of the proxy. */
  readonly url: string;
  /** Process ids by name: `proxy`, `service`. */
  readonly pids: Readonly<Record<string, number>>;
  end(): Promise<void>;
}

export async function startSimplest(
  folder: string,
  { ground, ca, jwks }: Pick<Clinic, 'ground' | 'ca' | 'jwks'>,
  flags: readonly string[],
): Promise<Simplest> {
  const running: Measured[] = [];
  const start = async (role: string, env: Record<string, string>): Promise<string> => {
    const { certificate, key } = await ground.identities.credentials(role);
    const args = [...flags, join(ROOT, 'bench/gateway/simplest.ts')];
    const common = { ROLE: role, CERTIFICATE: certificate, KEY: key, JWKS: jwks };
    const command = { program: process.execPath, args, env: { ...common, ...env } };
    const measured = await startMeasured(command, join(folder, `simplest-${role}.log`), true);
    running.push(measured);
    return (await nextMessage<{ url: string }>(measured)).url;
  };
  const { uri, certificates } = ground.mongod;
  const service = await start('service', { CA: ca, MONGODB: uri, MONGODB_CA: certificates?.ca ?? '' });
  const url = await start('proxy', { TARGET: service, CA: ca });
  const [behind, front] = running;
  return {
    url,
    pids: { proxy: front?.pid ?? 0, service: behind?.pid ?? 0 },
    async end(): Promise<void> {
      for (const one of running) await one.end();
    },
  };
}
