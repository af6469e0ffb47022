import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Unit of `/proc/<pid>/stat`: Linux fixes it at 100 for user space. */
export const TICKS_PER_SECOND = 100;
/** Milliseconds between SIGTERM and SIGKILL. */
const GRACE_MS = 10_000;

export interface Command {
  program: string;
  args: readonly string[];
  env?: Record<string, string>;
}

export interface Measured {
  readonly pid: number;
  readonly child: ChildProcess;
  readonly logPath: string;
  isRunning(): boolean;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  /** SIGTERM, and SIGKILL after {@link GRACE_MS}. */
  end(): Promise<void>;
  /** SIGKILL, if it still runs. */
  kill(): Promise<void>;
}

/**
 * Starts a program that dies with this process (PR_SET_PDEATHSIG by setpriv). Its output goes directly to a file:
 * reading it here would use CPU of the measured machine. With `channel`, it accepts messages.
 */
export async function startMeasured(command: Command, logPath: string, channel = false): Promise<Measured> {
  await mkdir(dirname(logPath), { recursive: true });
  const log = await open(logPath, 'w');
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', command.program, ...command.args], {
    stdio: ['ignore', log.fd, log.fd, ...(channel ? (['ipc'] as const) : [])],
    env: { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', NODE_ENV: 'production', ...command.env },
  });
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  await once(child, 'spawn');
  await log.close();
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const kill = async (): Promise<void> => {
    if (isRunning()) child.kill('SIGKILL');
    await exited;
  };
  return {
    pid: child.pid ?? 0,
    child,
    logPath,
    isRunning,
    signal: (name) => {
      child.kill(name);
    },
    exited,
    end: async () => {
      child.kill('SIGTERM');
      await Promise.race([exited, delay(GRACE_MS, undefined, { ref: false })]);
      await kill();
    },
    kill,
  };
}

/** What a program says next. @throws Error with the end of its log when it ends before */
export async function nextMessage<T>(running: Measured): Promise<T> {
  const ended = running.exited.then(async (code): Promise<never> => {
    throw new Error(`it ended with ${code}:\n${await tailOf(running.logPath)}`);
  });
  const [message] = (await Promise.race([once(running.child, 'message'), ended])) as [T];
  return message;
}

/** Runs a program to its end. @throws Error with the end of its log when it fails or the signal is aborted. */
export async function runMeasured(command: Command, logPath: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const running = await startMeasured(command, logPath);
  const abort = (): void => {
    running.signal('SIGKILL');
  };
  signal.addEventListener('abort', abort, { once: true });
  const code = await running.exited;
  signal.removeEventListener('abort', abort);
  signal.throwIfAborted();
  if (code !== 0) throw new Error(`${command.program} ended with ${code}:\n${await tailOf(logPath)}`);
}

export async function tailOf(path: string, lines = 20): Promise<string> {
  return (await readFile(path, 'utf8')).trimEnd().split('\n').slice(-lines).join('\n');
}

/** Fields of `/proc/<pid>/stat` from the third on, the first behind the name: that is in brackets, and may contain any character. Pure. */
export function statFields(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** The process of a program that this one, or a descendant of it, has started: an engine in namespaces of its own. @throws Error without one */
export async function descendantOf(ancestor: number, program: string): Promise<number> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = new Map<number, { name: string; parent: number }>();
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined); // it has ended meanwhile
    if (stat === undefined) continue;
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    all.set(pid, { name, parent: Number(statFields(stat)[1]) });
  }
  const isBelow = (pid: number): boolean => {
    const parent = all.get(pid)?.parent;
    return parent !== undefined && (parent === ancestor || isBelow(parent));
  };
  const found = [...all].find(([pid, { name }]) => name === program && isBelow(pid));
  if (!found) throw new Error(`${program} does not run below ${ancestor}`);
  return found[0];
}

/** User and system CPU time in seconds. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const fields = statFields(await readFile(`/proc/${pid}/stat`, 'utf8'));
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** MiB of `VmRSS` or its peak `VmHWM`. */
export async function memoryOf(pid: number, key: 'VmRSS' | 'VmHWM'): Promise<number> {
  const line = (await readFile(`/proc/${pid}/status`, 'utf8'))
    .split('\n')
    .find((text) => text.startsWith(`${key}:`));
  return Number(line?.split(/\s+/)[1] ?? Number.NaN) / 1024;
}

/** Waits until the process has been idle for two seconds after its start. @throws Error when it ended. */
export async function untilIdle(running: Measured, deadlineMs = 60_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  for (let quiet = 0, before = 0; quiet < 2;) {
    await delay(1_000);
    if (!running.isRunning()) throw new Error(`it ended during its start:\n${await tailOf(running.logPath)}`);
    const now = await cpuSecondsOf(running.pid);
    quiet = now > 0 && now - before < 0.05 ? quiet + 1 : 0;
    before = now;
    if (performance.now() > deadline) throw new Error('it does not become idle in time');
  }
}
