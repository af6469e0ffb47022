import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { environment, NAMESPACE } from '../../src/cluster.ts';

const START_MS = 20_000;

/** Runs `use` with a port of this machine that leads to a port of a pod. */
export async function withPortForward<T>(
  pod: string,
  port: number,
  use: (localPort: number) => Promise<T>,
): Promise<T> {
  const child = spawn('kubectl', ['port-forward', '-n', NAMESPACE, `pod/${pod}`, `:${String(port)}`], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    return await use(await localPort(child.stdout));
  } finally {
    child.kill();
    await ended;
  }
}

/** kubectl says which port it has taken, then a line for each connection. */
async function localPort(output: Readable): Promise<number> {
  const [line] = (await once(output, 'data', { signal: AbortSignal.timeout(START_MS) })) as [Buffer];
  const found = /127\.0\.0\.1:(\d+)/.exec(line.toString());
  if (!found) throw new Error(`kubectl port-forward says ${line.toString()}`);
  output.resume();
  return Number(found[1]);
}
