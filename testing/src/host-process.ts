import { spawn } from 'node:child_process';
import { once } from 'node:events';

const LOG_TAIL = 16_384;

export interface HostProcess {
  readonly pid: number;
  /** The last kilobytes of its output. */
  output(): string;
  isRunning(): boolean;
  signal(name: NodeJS.Signals): void;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Starts a program that dies with this process, also when that is killed with -9 (PR_SET_PDEATHSIG by setpriv). */
export async function startHostProcess(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<HostProcess> {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', ...env },
  });
  let tail = '';
  const keep = (chunk: Buffer): void => {
    tail = (tail + chunk.toString()).slice(-LOG_TAIL);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = once(child, 'exit');
  await once(child, 'spawn');
  return {
    pid: child.pid ?? 0,
    output: () => tail,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    signal: (name) => {
      child.kill(name);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
