import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { openCluster } from '@careplane/demo';
import { NAMESPACE, apply, condition, eventually, kubeconfig, kubectl } from './src/cluster.ts';
import { ready, rolledOut, service } from './src/rollouts.ts';
import { startSteadyLoad } from './src/steady-load.ts';

/** A service of its own beside the clinic, so that the tests do not affect the clinic. */
const NAME = 'rollout-probe';
const IMAGE = 'localhost/careplane/mail-sink:0.1.0';
/** The CPU request of a pod: raised on a large machine, so that at most 100 replicas exceed its CPU. */
let coresOfAPod = 0.2;
const DEADLINE_SECONDS = 60;
const ANSWER = `/api/v1/namespaces/${NAMESPACE}/services/https:${NAME}:8080/proxy/messages/count`;

interface Wish {
  image?: string;
  config?: Record<string, string>;
  replicas?: number;
}

/** The service as an SRE would declare it; a gateway, so that any client may call it. */
async function wish({ image = IMAGE, config = {}, replicas = 2 }: Wish = {}): Promise<void> {
  const spec = {
    image,
    role: 'gateway',
    dataClass: 'public',
    replicas,
    resources: { requests: { cpu: coresOfAPod.toFixed(3) } },
    http: { port: 8080, expose: { type: 'ClusterIP' } },
    config: { SHUTDOWN_DELAY_MS: '1000', ...config },
    rollout: { deadline: `${DEADLINE_SECONDS}s` },
  };
  const metadata = { name: NAME, namespace: NAMESPACE };
  const object = { apiVersion: 'careplane.dev/v1alpha1', kind: 'HealthcareService', metadata, spec };
  await apply(JSON.stringify(object));
}

const PER_SECOND = 4;
/** A short pause of the machine is not a failed request. */
const ANSWER_MS = 20_000;

interface Users {
  /** Resolves when all requests so far have been answered, and ten more. */
  areServed(): Promise<void>;
  leave(): Promise<void>;
}

/** Sends requests continuously, through the API server. */
async function startUsers(): Promise<Users> {
  const cluster = await openCluster(kubeconfig, ANSWER_MS);
  const load = startSteadyLoad(PER_SECOND, () => cluster.get(ANSWER));
  return {
    async areServed(): Promise<void> {
      const before = load.succeeded();
      await eventually('ten answers more', () =>
        Promise.resolve(load.succeeded() >= before + 10 || load.failures().length > 0 || undefined),
      );
      expect(load.failures()).toEqual([]);
    },
    async leave(): Promise<void> {
      await load.end();
      await cluster.close();
    },
  };
}

async function annotate(...annotations: string[]): Promise<void> {
  await kubectl('annotate', '-n', NAMESPACE, 'healthcareservice', NAME, '--overwrite', ...annotations);
}

/** CPU of all nodes. */
async function cores(): Promise<number> {
  const text = await kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].status.allocatable.cpu}');
  const counts = text
    .split(' ')
    .map((cpu) => (cpu.endsWith('m') ? Number.parseInt(cpu) / 1000 : Number(cpu)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** One pod more than the empty nodes have CPU for. */
async function moreThanFit(): Promise<number> {
  return Math.ceil((await cores()) / coresOfAPod) + 1;
}

/** The service's states until a quarter after the deadline of a rollout that began now. */
async function seenPastDeadline(): Promise<{ revisions: Set<string>; reasons: Set<string> }> {
  const over = Date.now() + DEADLINE_SECONDS * 1250;
  const seen = { revisions: new Set<string>(), reasons: new Set<string>() };
  await eventually('the deadline to be over', async () => {
    const object = await service(NAME);
    seen.revisions.add(object.status?.revision ?? '');
    seen.reasons.add(condition(object, 'RolledOut')?.reason ?? '');
    return Date.now() > over ? true : undefined;
  });
  return seen;
}

describe('a broken revision', () => {
  let good = '';
  let users: Users | undefined;

  beforeAll(async () => {
    coresOfAPod = Math.max(coresOfAPod, (await cores()) / 50);
    await wish();
    good = await ready(NAME);
  }, 240_000);

  afterEach(async () => {
    await users?.leave();
    users = undefined;
  });

  afterAll(async () => {
    await kubectl('delete', 'healthcareservice', '-n', NAMESPACE, NAME, '--ignore-not-found');
  }, 60_000);

  it('whose configuration makes it crash is rolled back, with its last termination message, while the service answers', async () => {
    users = await startUsers();
    await users.areServed();
    await wish({ config: { LOG_LEVEL: 'shout' } });
    const message = await rolledOut(NAME, 'RolledBack');
    expect(message).toContain('exit code 1');
    expect(message).toContain('ConfigError');
    expect(message).toContain(`${good} (0.1.0) serves instead`);
    await eventually('the good revision runs', async () => {
      const object = await service(NAME);
      return object.status?.revision === good && condition(object, 'Available')?.status === 'True'
        ? true
        : undefined;
    });
    await users.areServed();
  }, 360_000);

  it('is not retried, and a fixed spec is rolled out', async () => {
    await annotate(`looked=${String(Date.now())}`);
    await wish({ config: { LOG_LEVEL: 'debug' } });
    const fixed = await ready(NAME);
    expect(fixed).not.toBe(good);
    expect(condition(await service(NAME), 'RolledOut')?.reason).toBe('Complete');
  }, 240_000);

  it('whose image does not exist is rolled back at its deadline', async () => {
    const before = (await service(NAME)).status?.revision ?? '';
    users = await startUsers();
    await users.areServed();
    await wish({ image: 'localhost/careplane/mail-sink:9.9.9', config: { LOG_LEVEL: 'debug' } });
    const message = await rolledOut(NAME, 'RolledBack');
    expect(message).toMatch(
      /ProgressDeadlineExceeded: pod .*: its image \S+ (cannot be pulled|is not on the node)/,
    );
    expect(message).toContain(`${before} (0.1.0) serves instead`);
    expect((await service(NAME)).status?.version).toBe('0.1.0');
    await users.areServed();
  }, 360_000);

  it("is replaced by a pinned one, and by the spec's when the pin is removed", async () => {
    await wish({ config: { LOG_LEVEL: 'debug' } });
    const latest = await ready(NAME);
    await annotate(`careplane.dev/rollback-to=${good}`);
    expect(await rolledOut(NAME, 'Pinned')).toContain(`holds ${good} (0.1.0), the spec asks for ${latest}`);
    await annotate('careplane.dev/rollback-to-');
    expect(await ready(NAME)).toBe(latest);
  }, 240_000);

  it('is not reported when a scale-up of a good one has no room for its pods', async () => {
    const latest = await ready(NAME);
    await wish({ config: { LOG_LEVEL: 'debug' }, replicas: await moreThanFit() });
    await eventually('some pods find no room', async () => {
      const judged = condition(await service(NAME), 'Available');
      return judged?.reason === 'Unschedulable' ? true : undefined;
    });
    const seen = await seenPastDeadline();
    expect(seen.revisions).toEqual(new Set([latest]));
    expect(seen.reasons).not.toContain('RolledBack');
    await wish({ config: { LOG_LEVEL: 'debug' } });
    expect(await ready(NAME)).toBe(latest);
  }, 400_000);
});
