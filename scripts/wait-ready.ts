// Waits until every Careplane resource of the cluster is Ready, telling as they become so. When the time is up: why not.
import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { nameOf, obstacle } from './readiness.ts';
import type { Resource } from './readiness.ts';

const POLL_MS = 1000;
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

/** All resources; none while the API server does not answer, which is said and not the end of the wait. */
async function resources(): Promise<Resource[]> {
  try {
    const { items } = JSON.parse(await kubectl('get', 'careplane', '-A', '-o', 'json')) as {
      items: Resource[];
    };
    return items;
  } catch (error) {
    console.log(
      `    … the API server does not answer: ${error instanceof Error ? (error.message.split('\n')[1] ?? error.message) : String(error)}`,
    );
    return [];
  }
}

/** Says what became Ready since the last look; returns what is not. */
function report(all: Resource[], ready: Set<string>, seconds: string): Map<string, string> {
  const waiting = new Map<string, string>();
  for (const resource of all) {
    const reason = obstacle(resource);
    const name = nameOf(resource);
    if (reason) waiting.set(name, reason);
    else if (!ready.has(name)) console.log(`    Ready after ${seconds.padStart(5)} s  ${name}`);
    if (reason) ready.delete(name);
    else ready.add(name);
  }
  return waiting;
}

/** @returns what is still not Ready when the time is up; `undefined` when all is. */
async function waitUntilReady(seconds: number): Promise<Resource[] | undefined> {
  const started = Date.now();
  const ready = new Set<string>();
  let reminded = started;
  for (;;) {
    const now = Date.now();
    const all = await resources();
    const waiting = report(all, ready, ((now - started) / 1000).toFixed(1));
    if (all.length > 0 && waiting.size === 0) return undefined;
    if (now - started > seconds * 1000) return all.filter((resource) => waiting.has(nameOf(resource)));
    if (now - reminded >= REMIND_MS) {
      reminded = now;
      for (const [name, reason] of waiting) console.log(`    … waiting for ${name}: ${reason}`);
    }
    await delay(POLL_MS);
  }
}

/** Conditions and events of what is not Ready, and the pods of its namespace: where to look first. */
async function explain(notReady: Resource[]): Promise<void> {
  for (const resource of notReady) {
    const { namespace, name } = resource.metadata;
    console.error(`\n${nameOf(resource)} is not Ready: ${obstacle(resource) ?? ''}`);
    for (const { type, status, reason, message } of resource.status?.conditions ?? []) {
      if (status !== 'True') console.error(`  ${type}=${status} ${reason}: ${message}`);
    }
    const selector = `involvedObject.kind=${resource.kind},involvedObject.name=${name}`;
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
  for (const namespace of new Set(notReady.map(({ metadata }) => metadata.namespace))) {
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

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '300' } } });
const notReady = await waitUntilReady(Number(values.seconds));
if (notReady) {
  await explain(notReady);
  console.error(
    `error: ${notReady.length || 'no'} resources ${notReady.length ? 'not Ready' : 'to be seen'} after ${values.seconds} s`,
  );
  console.error(
    '       the operator says more: kubectl logs -n careplane-system deployment/careplane-operator',
  );
  process.exitCode = 1;
}
