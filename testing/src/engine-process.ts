import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { chown, chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

/** The user that the images run the engines as. */
const ENGINE_UID = 999;
const LOG_TAIL = 8_192;

/**
 * Runs as the first process of a new mount and process namespace: the scratch folder becomes the engine's /tmp, and
 * whatever is mounted or started in here ends with it. Arguments: root file system, scratch folder, command.
 */
const ENTER = `
set -e
rootfs=$1 scratch=$2; shift 2
mount --bind "$scratch" "$rootfs/tmp"
mount --rbind /dev "$rootfs/dev"
mount -t proc proc "$rootfs/proc"
exec chroot "$rootfs" setpriv --reuid=${ENGINE_UID} --regid=${ENGINE_UID} --clear-groups --pdeathsig KILL "$@"
`;

export interface EngineCommand {
  rootfs: string;
  /** Folder of {@link makeScratch}; the engine sees it as /tmp. */
  scratch: string;
  command: readonly string[];
  env?: Record<string, string>;
}

export interface EngineProcess {
  /** Its last words when it has ended by itself or was killed, `undefined` while it runs. */
  readonly ended: () => string | undefined;
  /** With what it ended by itself, `undefined` while it runs and after a kill. */
  readonly exitCode: () => number | undefined;
  /** SIGKILL to every process of the engine, at once; resolves when they are gone. */
  readonly kill: () => Promise<void>;
  /** A signal to the engine's own process. */
  readonly signal: (signal: NodeJS.Signals) => Promise<void>;
}

/**
 * Starts an engine from its image's root file system. Needs root. Every process of it dies with this one, also when
 * this one is killed with -9: setpriv asks the kernel for that, and the process namespace takes the rest along.
 */
export async function startEngine(engine: EngineCommand): Promise<EngineProcess> {
  await giveToEngine(engine.scratch);
  const child = enter(engine);
  let tail = '';
  const keep = (chunk: Buffer): void => {
    tail = (tail + chunk.toString()).slice(-LOG_TAIL);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const exited = once(child, 'close').then(() => undefined);
  await once(child, 'spawn');
  return {
    ended: () => (child.exitCode === null && child.signalCode === null ? undefined : `it ended: ${tail}`),
    exitCode: () => child.exitCode ?? undefined,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    signal: async (signal) => {
      process.kill(await onlyChild(child.pid), signal);
    },
  };
}

/** `unshare` has one child, which became the engine. */
async function onlyChild(pid: number | undefined): Promise<number> {
  const children = await readFile(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
  const child = Number(children.trim());
  if (!Number.isInteger(child) || child <= 0) throw new Error('the engine has no process');
  return child;
}

/** What a command printed, and how it ended. */
export interface CommandResult {
  code: number | null;
  output: string;
}

/** Runs one command of an image to its end, with an engine's scratch folder as its /tmp and in the same network. */
export async function runInEngine(engine: EngineCommand): Promise<CommandResult> {
  await giveToEngine(engine.scratch);
  const child = enter(engine);
  let output = '';
  const keep = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

function enter(engine: EngineCommand): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child=KILL']
      .concat(['--propagation', 'private', 'sh', '-c', ENTER, 'sh', engine.rootfs, engine.scratch])
      .concat(engine.command),
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', ...engine.env },
    },
  );
}

/** Everything in the folder becomes the engine's, readable by it alone (mongod refuses an open keyfile). */
async function giveToEngine(folder: string): Promise<void> {
  await chown(folder, ENGINE_UID, ENGINE_UID);
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    await chown(join(folder, entry.name), ENGINE_UID, ENGINE_UID);
    await chmod(join(folder, entry.name), entry.isDirectory() ? 0o700 : 0o400);
  }
}
