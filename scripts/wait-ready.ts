// Waits until every Careplane resource that a folder of manifests holds is Ready and has the pods that it wants, telling as they become so. When
// the time is up: why not. What else is on the cluster is not waited for: whether it is well is the matter of whoever applied it.
//
//   node scripts/wait-ready.ts --of examples/clinic [--seconds 300]
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { isApplied, isOfApplied, nameOf, obstacle, workloadObstacle } from './readiness.ts';
import type { Resource, Workload } from './readiness.ts';

const POLL_MS = 1000;
const NAME_TRIES = 5;
/** Every so often, what is still being waited for is said again. */
const REMIND_MS = 15_000;

const run = promisify(execFile);

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await run('kubectl', ['--request-timeout=10s', ...args], {
    maxBuffer: 64 * 1024 * 1024,
    timeout: 20_000,
  });
  return stdout;
}

/** What there is to be Ready, and what else is there. */
interface Platform {
  resources: Resource[];
  workloads: Workload[];
  others: Resource[];
}

/** What is not there yet, by its name, and why. */
type Waiting = Map<string, { of: Resource | Workload; reason: string }>;

/** The names of what a folder's manifests hold. Asked again when the API server does not answer right after the apply. */
async function namesIn(folder: string): Promise<Set<string>> {
  for (let tries = 1; ; tries += 1) {
    try {
      const text = await kubectl('get', '-f', folder, '-o', 'json');
      return new Set((JSON.parse(text) as { items: Resource[] }).items.map(nameOf));
    } catch (error) {
      if (tries === NAME_TRIES) throw error;
      await delay(POLL_MS);
    }
  }
}

/** All there is; nothing while the API server does not answer, which is said and not the end of the wait. */
async function look(applied: ReadonlySet<string>): Promise<Platform> {
  try {
    const [all, workloads] = await Promise.all([
      items<Resource>('careplane'),
      items<Workload>('deployments,statefulsets', '-l', 'app.kubernetes.io/part-of=careplane'),
    ]);
    return {
      resources: all.filter((one) => isApplied(applied, one)),
      workloads: workloads.filter((one) => isOfApplied(applied, one)),
      others: all.filter((one) => !isApplied(applied, one)),
    };
  } catch (error) {
    console.log(
      `    … the API server does not answer: ${Error.isError(error) ? (error.message.split('\n')[1] ?? error.message) : String(error)}`,
    );
    return { resources: [], workloads: [], others: [] };
  }
}

async function items<T>(kinds: string, ...flags: string[]): Promise<T[]> {
  const text = await kubectl('get', kinds, '-A', '-o', 'json', ...flags);
  return (JSON.parse(text) as { items: T[] }).items;
}

/** Says which resource became Ready since the last look; returns what is not there. */
function report({ resources, workloads }: Platform, ready: Set<string>, seconds: string): Waiting {
  const waiting: Waiting = new Map();
  for (const resource of resources) {
    const reason = obstacle(resource);
    const name = nameOf(resource);
    if (reason) waiting.set(name, { of: resource, reason });
    else if (!ready.has(name)) console.log(`    Ready after ${seconds.padStart(5)} s  ${name}`);
    if (reason) ready.delete(name);
    else ready.add(name);
  }
  for (const workload of workloads) {
    const reason = workloadObstacle(workload);
    if (reason) waiting.set(nameOf(workload), { of: workload, reason });
  }
  return waiting;
}

/** What is not Ready and was not waited for. */
function mention(others: Resource[]): void {
  for (const other of others) {
    const reason = obstacle(other);
    if (reason) console.log(`    not waited for, and not Ready: ${nameOf(other)}: ${reason}`);
  }
}

/** @returns what is still not there when the time is up; `undefined` when all is. */
async function waitUntilReady(applied: ReadonlySet<string>, seconds: number): Promise<Waiting | undefined> {
  const started = Date.now();
  const ready = new Set<string>();
  let reminded = started;
  for (;;) {
    const now = Date.now();
    const platform = await look(applied);
    const waiting = report(platform, ready, ((now - started) / 1000).toFixed(1));
    if (platform.resources.length > 0 && waiting.size === 0) {
      mention(platform.others);
      return undefined;
    }
    if (now - started > seconds * 1000) return waiting;
    if (now - reminded >= REMIND_MS) {
      reminded = now;
      for (const [name, { reason }] of waiting) console.log(`    … waiting for ${name}: ${reason}`);
    }
    await delay(POLL_MS);
  }
}

/** Conditions and events of what is not Ready, and the pods of its namespace: where to look first. */
async function explain(notReady: Waiting): Promise<void> {
  for (const [title, { of, reason: why }] of notReady) {
    const { namespace, name } = of.metadata;
    console.error(`\n${title} is not Ready: ${why}`);
    for (const { type, status, reason, message } of of.status?.conditions ?? []) {
      if (status !== 'True') console.error(`  ${type}=${status} ${reason}: ${message}`);
    }
    const selector = `involvedObject.kind=${of.kind},involvedObject.name=${name}`;
    console.error(
      await kubectl(
        'get',
        'events',
        '-n',
        namespace,
        '--field-selector',
        selector,
        '--sort-by=.lastTimestamp',
      ),
    );
  }
  for (const namespace of new Set([...notReady.values()].map(({ of }) => of.metadata.namespace))) {
    console.error(await kubectl('get', 'pods', '-n', namespace, '-o', 'wide'));
    console.error(
      await kubectl(
        'get',
        'events',
        '-n',
        namespace,
        '--field-selector',
        'type=Warning',
        '--sort-by=.lastTimestamp',
      ),
    );
  }
}

const { values } = parseArgs({
  options: { of: { type: 'string' }, seconds: { type: 'string', default: '300' } },
});
if (values.of === undefined) throw new Error('of which folder of manifests? --of examples/clinic');
const notReady = await waitUntilReady(await namesIn(values.of), Number(values.seconds));
if (notReady) {
  await explain(notReady);
  console.error(
    `error: ${notReady.size || 'no'} resources ${notReady.size ? 'not Ready' : 'to be seen'} after ${values.seconds} s`,
  );
  console.error(
    '       the operator says more: kubectl logs -n careplane-system deployment/careplane-operator',
  );
  process.exitCode = 1;
}
