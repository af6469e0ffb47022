import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A service as a process of its own, which a test can kill, and where it says that it listens. */
export interface SpawnedService {
  readonly child: ChildProcess;
  readonly url: string;
}

/**
 * @param main the program of the service
 * @param flags of Node
 */
export async function spawnService(
  main: URL,
  env: NodeJS.ProcessEnv,
  flags: readonly string[] = [],
): Promise<SpawnedService> {
  const child = spawn(process.execPath, [...flags, fileURLToPath(main)], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as { message: string; port?: number };
    if (entry.message === 'started') return { child, url: `http://127.0.0.1:${String(entry.port)}` };
  }
  throw new Error('the service ended before it had started');
}
