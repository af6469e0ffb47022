import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { nameOf, obstacle, workloadObstacle, type Workload } from '../../scripts/readiness.ts';

const run = promisify(execFile);

export const NAMESPACE = 'clinic';
export const SYSTEM_NAMESPACE = 'careplane-system';

/** The state and cache folders of the embedded cluster, resolved as in its scripts. */
export const state = process.env['CAREPLANE_STATE'] ?? '/var/lib/careplane';
const cache =
  process.env['CAREPLANE_CACHE'] ??
  path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'careplane');
export const kubeconfig = process.env['KUBECONFIG'] ?? path.join(state, 'kubeconfig');
export const auditLogDirectory = path.join(state, 'audit');
export const repository = path.resolve(import.meta.dirname, '../..');

/** The environment variables with which the repository's scripts and kubectl use the cluster under test. */
export const environment = {
  ...process.env,
  KUBECONFIG: kubeconfig,
  PATH: `${path.join(cache, 'bin')}:${process.env['PATH'] ?? ''}`,
};

/** Where the clinic's gateway is, and the authority of its certificate, PEM. */
export async function gateway(): Promise<{ url: string; ca: string }> {
  const [url, file] = await Promise.all(
    ['--gateway', '--gateway-ca'].map(async (flag) => (await command('scripts/env.sh', [flag])).trim()),
  );
  return { url: url ?? '', ca: await readFile(file ?? '', 'utf8') };
}

/** Runs a program to its end; rejects with its stderr in the message. `input` goes to its stdin. */
export async function command(
  file: string,
  args: string[],
  options: { input?: string; timeoutMs?: number } = {},
): Promise<string> {
  const running = run(file, args, {
    env: environment,
    cwd: repository,
    timeout: options.timeoutMs ?? 60_000,
    maxBuffer: 64 << 20,
  });
  // EPIPE of a program that read nothing and is gone already: how it ended is told by `running`.
  running.child.stdin?.on('error', () => undefined);
  running.child.stdin?.end(options.input ?? '');
  return (await running).stdout;
}

export async function kubectl(...args: string[]): Promise<string> {
  return await command('kubectl', args, { timeoutMs: 180_000 });
}

/** `kubectl apply -f -` of YAML text. */
export async function apply(yaml: string): Promise<string> {
  return await command('kubectl', ['apply', '-f', '-'], { input: yaml });
}

/** Like {@link apply}; resolves to kubectl's warnings. */
export async function applyWarnings(yaml: string): Promise<string> {
  const running = run('kubectl', ['apply', '-f', '-'], { env: environment, timeout: 60_000 });
  running.child.stdin?.end(yaml);
  return (await running).stderr;
}

/** The fields of an object that the tests read. */
export interface Resource {
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    labels?: Record<string, string>;
    deletionTimestamp?: string;
  };
  spec?: Record<string, unknown>;
  status?: {
    phase?: string;
    podIP?: string;
    desiredReplicas?: number;
    conditions?: { type: string; status: string; reason: string; message: string }[];
  };
}

export async function list(kinds: string, ...args: string[]): Promise<Resource[]> {
  const text = await kubectl('get', kinds, '-o', 'json', ...args);
  return (JSON.parse(text) as { items: Resource[] }).items;
}

/** The status of one condition of an object, `undefined` when it has none of that type. */
export function condition(
  object: Resource,
  type: string,
): { status: string; reason: string; message: string } | undefined {
  return object.status?.conditions?.find((candidate) => candidate.type === type);
}

/** Polls until `probe` returns a value; the timeout error tells why the last attempt failed. */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined>,
  timeoutMs = 120_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < deadline) {
    last = undefined;
    try {
      const found = await probe();
      if (found !== undefined) return found;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  // In the message, since Jest does not print causes.
  const why = Error.isError(last) ? `: ${last.message}` : '';
  throw new Error(`not within ${timeoutMs} ms: ${what}${why}`, { cause: last });
}

/** What stands in the way of an object, with the object's name. */
function toldBy<T extends Parameters<typeof nameOf>[0]>(tell: (object: T) => string | undefined) {
  return (object: T): string[] => {
    const told = tell(object);
    return told === undefined ? [] : [`${nameOf(object)}: ${told}`];
  };
}

/** Waits until every Careplane resource of the clinic and every one of their pods is Ready. */
export async function clinicReady(timeoutMs = 240_000): Promise<Resource[]> {
  return await eventually(
    'every Careplane resource is Ready',
    async () => {
      const all = await list('careplane', '-n', NAMESPACE);
      const workloads = (await list('deployments,statefulsets', '-n', NAMESPACE)) as (Resource & Workload)[];
      const obstacles = [...all.map(toldBy(obstacle)), ...workloads.map(toldBy(workloadObstacle))].flat();
      if (obstacles.length > 0) throw new Error(obstacles.join('; '));
      return all.length > 0 ? all : undefined;
    },
    timeoutMs,
  );
}

/**
 * The processes of a pod on this machine, found by the pod's UID in their cgroup, the oldest first. The oldest is the
 * sandbox's, which lives as long as the pod; those of probes and `exec` come and go.
 */
export async function processesOfPod(uid: string): Promise<number[]> {
  const found: { pid: number; startTime: number }[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    // A process that has ended meanwhile has no files.
    const [cgroup, stat] = await Promise.all(
      ['cgroup', 'stat'].map(
        async (name) => await readFile(`/proc/${entry}/${name}`, 'utf8').catch(() => ''),
      ),
    );
    if (cgroup?.includes(`pod${uid}`)) found.push({ pid: Number(entry), startTime: startTimeIn(stat ?? '') });
  }
  return found.sort((a, b) => a.startTime - b.startTime).map(({ pid }) => pid);
}

/** Field 22 of /proc/<pid>/stat (proc_pid_stat(5)), counted from the end of the name, which may contain spaces. */
function startTimeIn(stat: string): number {
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
}
