import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openCluster, type Cluster } from '@careplane/demo';
import {
  NAMESPACE,
  apply,
  clinicReady,
  condition,
  eventually,
  kubeconfig,
  kubectl,
  list,
} from './src/cluster.ts';
import { ready, rolledOut, service } from './src/rollouts.ts';
import { startSteadyLoad, type SteadyLoad } from './src/steady-load.ts';

/** A gateway of its own beside the clinic's: what is tried on it costs the clinic nothing but some reads of public keys. */
const NAME = 'slo-probe';
/** What the entrance lets through without a login, and identity answers. */
const ANSWER = `/api/v1/namespaces/${NAMESPACE}/services/https:${NAME}:8080/proxy/.well-known/jwks.json`;
/** Far above the 50 requests in five minutes below which nothing is judged, and nothing that two cores would feel. */
const PER_SECOND = 4;
/** A machine that stands still for a moment is no failure of a request. */
const ANSWER_MS = 20_000;
/** It is judged when its pods have been ready for a minute; the rest is the rollout itself, on a busy machine. */
const JUDGED_MS = 360_000;
/** Of so many requests in flight a gateway keeps a fifth for writes: with one at most, every read is shed with 503. */
const SHEDS_EVERY_READ = { MAX_IN_FLIGHT: '1' };

/** The gateway as an SRE would write it, with a promise. */
async function wish(config: Record<string, string> = {}): Promise<void> {
  const spec = {
    image: 'localhost/careplane/gateway:0.1.0',
    role: 'gateway',
    dataClass: 'public',
    replicas: 1,
    http: { port: 8080, expose: { type: 'ClusterIP' } },
    calls: [{ service: 'identity' }],
    stores: [{ store: 'clinic-cache' }],
    slo: { availability: 99.9 },
    config: { SHUTDOWN_DELAY_MS: '1000', ...config },
    rollout: { deadline: '120s' },
  };
  const metadata = { name: NAME, namespace: NAMESPACE };
  const object = { apiVersion: 'careplane.dev/v1alpha1', kind: 'HealthcareService', metadata, spec };
  await apply(JSON.stringify(object));
}

interface Answer {
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

describe('a revision that is Ready and fails its users', () => {
  let cluster: Cluster;
  let load: SteadyLoad | undefined;
  let good = '';

  beforeAll(async () => {
    await clinicReady();
    cluster = await openCluster(kubeconfig, ANSWER_MS);
    await wish();
    good = await ready(NAME);
    await eventually('the service answers', async () => await cluster.get(ANSWER));
  }, 480_000);

  afterAll(async () => {
    await load?.end();
    await cluster.close();
    await kubectl('delete', 'healthcareservice', '-n', NAMESPACE, NAME, '--ignore-not-found');
    await clinicReady();
  }, 300_000);

  function startUsers(): SteadyLoad {
    load = startSteadyLoad(PER_SECOND, () => cluster.get(ANSWER));
    return load;
  }

  /** What the clinic's Prometheus answers to an expression, asked through the API server. */
  async function metrics(expression: string): Promise<Record<string, string>[]> {
    const [stack] = await list('observabilitystacks', '-n', NAMESPACE);
    if (stack === undefined) throw new Error('the clinic has no ObservabilityStack');
    const prometheus = `/api/v1/namespaces/${NAMESPACE}/services/${stack.metadata.name}-prometheus:9090/proxy`;
    const text = await cluster.get(`${prometheus}/api/v1/query?query=${encodeURIComponent(expression)}`);
    return (JSON.parse(text) as Answer).data.result.map(({ metric }) => metric);
  }

  /** Resolves when there is no pod of another revision, not even one that ends. */
  async function runsOnly(revision: string): Promise<void> {
    await eventually(`only pods of ${revision} are there`, async () => {
      const pods = await list('pods', '-n', NAMESPACE, '-l', `careplane.dev/service=${NAME}`);
      const revisions = pods.map(({ metadata }) => metadata.labels?.['careplane.dev/revision']);
      return revisions.length > 0 && revisions.every((each) => each === revision) ? true : undefined;
    });
  }

  let broken: Promise<{ message: string; failures: readonly string[] }> | undefined;

  /** Breaks the service under load until it is rolled back, once for all tests that ask; resolves to the reason and to what its users got. */
  function rolledBackUnderLoad(): NonNullable<typeof broken> {
    broken ??= (async () => {
      const users = startUsers();
      await wish(SHEDS_EVERY_READ);
      const message = await rolledOut(NAME, 'RolledBack', JUDGED_MS);
      await users.end();
      return { message, failures: users.failures() };
    })();
    return broken;
  }

  it(
    'is rolled back by itself, with a reason that names the promise, and the service answers again',
    async () => {
      const { message, failures } = await rolledBackUnderLoad();
      expect(message).toMatch(
        /BurnsSlo: answers about (90|100) % of its requests with an error, 99[.]9 % are to succeed/,
      );
      expect(message).toContain(`${good} (0.1.0) serves instead`);
      expect(failures.some((failure) => failure.includes('answered 503'))).toBe(true);

      await runsOnly(good);
      await eventually('the good revision is available', async () => {
        const object = await service(NAME);
        const isServing =
          object.status?.revision === good && condition(object, 'Available')?.status === 'True';
        return isServing ? true : undefined;
      });
      const after = startUsers();
      await eventually('more to be answered', () => Promise.resolve(after.succeeded() > 40 || undefined));
      await after.end();
      expect(after.failures()).toEqual([]);
    },
    JUDGED_MS + 300_000,
  );

  it(
    'is told to on-call by its reason, with the objective that it missed',
    async () => {
      await rolledBackUnderLoad();
      const told = await eventually('the metric is scraped', async () => {
        const found = await metrics(
          `careplane_service_rolled_back{namespace="${NAMESPACE}",service="${NAME}"}`,
        );
        return found.length > 0 ? found : undefined;
      });
      expect(told.map(({ reason }) => reason)).toEqual(['BurnsSlo']);
      const byRevision = `http_server_request_duration_seconds_count{service="${NAME}",revision="${good}"}`;
      expect(await metrics(byRevision)).not.toEqual([]);
      const firing = `ALERTS{alertname="CareplaneServiceRolledBack",alertstate="firing",service="${NAME}"}`;
      await eventually('the alert fires', async () =>
        (await metrics(firing)).length === 1 ? true : undefined,
      );
      const objective = `careplane:slo_availability:ratio{namespace="${NAMESPACE}",service="${NAME}"} == 0.999`;
      await eventually('the objective is known', async () =>
        (await metrics(objective)).length === 1 ? true : undefined,
      );
    },
    JUDGED_MS + 400_000,
  );

  it('is left behind by a spec that is mended', async () => {
    await wish({ LOG_LEVEL: 'debug' });
    const mended = await ready(NAME);
    expect(mended).not.toBe(good);
    expect(condition(await service(NAME), 'RolledOut')?.reason).toBe('Complete');
  }, 240_000);
});
