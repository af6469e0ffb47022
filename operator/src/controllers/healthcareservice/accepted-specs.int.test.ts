import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { installCrds, startApiServer, type RunningApiServer } from '@careplane/testing';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { API_VERSION } from '../../api/group.ts';
import { mergeConditions } from '../../runtime/status/conditions.ts';
import { aBroker, aService, observedOf, aStore } from './fixtures/objects.ts';
import { NAMESPACE, OWN } from './fixtures/test-clinic.ts';
import {
  configMaps,
  controllerRevisions,
  deployments,
  networkPolicies,
  podDisruptionBudgets,
  secrets,
  serviceAccounts,
  services,
  type Child,
} from '../../k8s/types.ts';
import { plan } from './plan.ts';

const SERVICES = `${OWN}/healthcareservices`;
const NAME = 'tried';
const TYPES = [
  configMaps,
  controllerRevisions,
  deployments,
  networkPolicies,
  podDisruptionBudgets,
  secrets,
  serviceAccounts,
  services,
];

let server: RunningApiServer;

beforeAll(async () => {
  server = await startApiServer();
  await installCrds(server.api, fileURLToPath(new URL('../../../../crds', import.meta.url)));
  const metadata = { name: 'clinic', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } };
  await server.api.apply(NAMESPACE, { apiVersion: 'v1', kind: 'Namespace', metadata });
  const spec = { image: 'a:1', role: 'worker', dataClass: 'public' };
  const object = { apiVersion: API_VERSION, kind: 'HealthcareService', metadata: { name: NAME }, spec };
  await server.api.apply(`${SERVICES}/${NAME}`, object);
}, 120_000);

afterAll(async () => {
  await server.stop();
});

const letters = (most: number): fc.Arbitrary<string> =>
  fc.stringMatching(new RegExp(`^[a-z]([-a-z0-9]{0,${String(most - 2)}}[a-z0-9])?$`));
/** Few and short names meet each other, the longest ones meet the limits. */
const name = (most: number): fc.Arbitrary<string> =>
  fc.oneof(fc.constantFrom('a', 'b', 'a-b', 'rabbit'), letters(most), fc.constant('x'.repeat(most)));
const event = fc.oneof(
  fc.constantFrom('a.b', 'a.c'),
  fc.integer({ min: 100, max: 999 }).map((n) => `e${String(n)}.${'y'.repeat(95)}`),
);
const quantity = fc.oneof(
  fc.integer({ min: 0, max: 4 }),
  fc.constantFrom('0.5', '1m', '100m', '256Mi', '1Gi', '0.001Ki', '99999999Ti', '0.0000000001'),
);
const amounts = fc.record({ cpu: quantity, memory: quantity }, { requiredKeys: [] });
const port = fc.oneof(fc.constantFrom(1, 8080, 8081, 9090, 65535), fc.integer({ min: 1, max: 65535 }));
const set = <T>(item: fc.Arbitrary<T>, maxLength: number, selector: (item: T) => string): fc.Arbitrary<T[]> =>
  fc.uniqueArray(item, { size: 'max', maxLength, selector });

const cidr = fc.constantFrom('203.0.113.0/24', '203.0.113.7/24', '2001:db8::/32', '::ffff:192.0.2.0/120');
const expose = fc.record(
  {
    type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
    annotations: fc.dictionary(fc.stringMatching(/^([a-z.-]{1,9}\/)?[A-Za-z._-]{1,9}$/), fc.string(), {
      maxKeys: 2,
    }),
    loadBalancerSourceRanges: fc.uniqueArray(cidr, { maxLength: 3 }),
    externalTrafficPolicy: fc.constantFrom('Cluster', 'Local'),
  },
  { requiredKeys: ['type'] },
);
const mode = fc.constantFrom('Required', 'Plaintext');

/** What may be written; some of it is refused, and that is in order. */
const written = fc.record(
  {
    image: fc.constantFrom('a:1', `registry.example/a/b@sha256:${'0'.repeat(64)}`, `a:${'v'.repeat(128)}`),
    role: fc.constantFrom('api', 'worker', 'gateway'),
    dataClass: fc.constantFrom('phi', 'operational', 'public'),
    replicas: fc.constantFrom(0, 1, 2, 100),
    http: fc.record(
      {
        port,
        paths: fc.uniqueArray(fc.constantFrom('/v1/a', '/v1/b'), { maxLength: 2 }),
        expose,
        tls: fc.record(
          {
            mode,
            hosts: fc.uniqueArray(fc.constantFrom('clinic.example', '10.200.0.2', 'a.b.svc'), {
              maxLength: 2,
            }),
            secretName: name(50),
          },
          { requiredKeys: [] },
        ),
      },
      { requiredKeys: ['port'] },
    ),
    ports: set(
      fc.record({ name: name(15), port, tls: fc.record({ mode }) }, { requiredKeys: ['name', 'port'] }),
      4,
      (one) => one.name,
    ),
    calls: set(
      fc.record(
        { service: name(40), port: fc.oneof(fc.constant('http'), name(15)) },
        { requiredKeys: ['service'] },
      ),
      8,
      (one) => `${one.service}/${one.port ?? 'http'}`,
    ),
    publishes: set(fc.record({ event }), 64, (one) => one.event),
    consumes: set(fc.record({ event }), 64, (one) => one.event),
    stores: set(fc.record({ store: name(40) }), 4, (one) => one.store),
    broker: name(40),
    config: fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,20}$/), fc.string(), { maxKeys: 5 }),
    secrets: set(fc.record({ name: name(50) }), 4, (one) => one.name),
    resources: fc.record({ requests: amounts, limits: amounts }, { requiredKeys: [] }),
    slo: fc.record({
      availability: fc.double({ min: 0.1, max: 99.99999, noNaN: true }),
      latencyP95: fc.constant('200ms'),
    }),
    enforcement: fc.constantFrom('Enforce', 'Shadow'),
    rollout: fc.record({ deadline: fc.constantFrom('1s', '5m', '9999h') }),
    disruption: fc.record({ maxUnavailable: fc.constantFrom(1, 100) }),
  },
  { requiredKeys: ['image', 'role', 'dataClass'] },
);

interface WrittenHttp {
  port: number;
  paths?: string[];
  expose?: { type: string };
  tls?: { mode?: string; hosts?: string[]; secretName?: string };
}

/** As a gateway may have it that is exposed, if it is, and as any other service may. */
function httpOf({ expose, tls, ...bare }: WrittenHttp): { open?: object; closed: object } {
  const closed = tls?.mode === undefined ? bare : { ...bare, tls: { mode: tls.mode } };
  if (expose === undefined) return { closed };
  const isPlain = tls === undefined || tls.mode === 'Plaintext';
  return { closed, open: isPlain ? { ...closed, expose } : { ...bare, tls, expose } };
}

/** Without what is refused for reasons that have nothing to do with children. */
const spec = written.map(({ http, broker, ...rest }) => {
  const { open, closed } = httpOf(http ?? { port: 8080 });
  const isInEvents = (rest.publishes ?? rest.consumes ?? []).length > 0;
  return {
    ...rest,
    ...(http === undefined && rest.role === 'worker' ? {} : { http: closed }),
    ...(open !== undefined && rest.role === 'gateway' ? { http: open } : {}),
    ...(broker !== undefined && isInEvents ? { broker } : {}),
  };
});

/** The object as it would be kept, defaults filled in; `undefined` when the API server refuses the spec. */
async function accepted(wanted: unknown): Promise<HealthcareService | undefined> {
  const path = `${SERVICES}/${NAME}?fieldValidation=Strict&dryRun=All&fieldManager=sre`;
  const body = { apiVersion: API_VERSION, kind: 'HealthcareService', metadata: { name: NAME }, spec: wanted };
  const answer = await server.api.request('PUT', path, { body: { ...body, metadata: await metadataNow() } });
  return answer.status === 200 ? (answer.body as HealthcareService) : undefined;
}

async function metadataNow(): Promise<object> {
  const { metadata } = (await server.api.demand('GET', `${SERVICES}/${NAME}`)) as HealthcareService;
  return { name: NAME, resourceVersion: metadata.resourceVersion };
}

/** A namespace in which every edge leads somewhere, and everything that the pods mount is there. */
function planned(service: HealthcareService): ReturnType<typeof plan> {
  const { calls = [], stores = [], secrets = [], broker = 'rabbit' } = service.spec;
  const others = [...Map.groupBy(calls, (call) => call.service)].map(([other, edges]) =>
    aService(other, { ports: edges.map((edge, index) => ({ name: edge.port, port: 1000 + index })) }),
  );
  const providers = [...stores.map(({ store }) => store), broker];
  const observed = observedOf(service, {
    services: [service, ...others],
    stores: stores.map(({ store }) => aStore(store)),
    brokers: [aBroker(broker)],
    bindingSecrets: new Set(providers.map((provider) => `${NAME}.${provider}`)),
    secrets: secrets.map((secret) => ({
      name: secret.name,
      exists: true,
      missingKeys: [],
      guardedKeys: [],
      isWatched: true,
    })),
    secretsFingerprint: secrets.length === 0 ? undefined : 'abc',
  });
  return plan(service, observed, {
    imagePullPolicy: 'IfNotPresent',
    priorityClassPrefix: 'careplane-',
    leaseNamespace: 'careplane-system',
    clusterDomain: 'cluster.local',
  });
}

function pathOf({ apiVersion, kind, metadata }: Child): string {
  const type = TYPES.find((candidate) => candidate.kind === kind);
  if (type === undefined) throw new Error(`a child of an unknown kind: ${kind}`);
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${root}/namespaces/clinic/${type.plural}/${metadata.name}`;
}

/** What the API server has against the children and the status of a service. */
async function refusals(service: HealthcareService): Promise<string[]> {
  const { children, conditions, status } = planned(service);
  const query = 'dryRun=All&fieldManager=careplane&force=true';
  const requests = children.map((child) => ({
    path: `${pathOf(child)}?${query}`,
    options: { body: child, contentType: 'application/apply-patch+yaml' },
  }));
  const context = { current: [], generation: 1, now: Date.parse('2026-11-22T12:00:00Z') };
  const kept = { ...status, conditions: mergeConditions(conditions, context) };
  requests.push({
    path: `${SERVICES}/${NAME}/status?dryRun=All`,
    options: { body: { status: kept } as unknown as Child, contentType: 'application/merge-patch+json' },
  });
  const answers = await Promise.all(
    requests.map(async ({ path, options }) => ({
      path,
      ...(await server.api.request('PATCH', path, options)),
    })),
  );
  return answers
    .filter((answer) => answer.status >= 300)
    .map(({ path, body }) => `${path}: ${(body as { message?: string }).message ?? ''}`);
}

describe('a spec that the API server accepts', () => {
  it('makes children and a status that it accepts, too', async () => {
    let tried = 0;
    await fc.assert(
      fc.asyncProperty(spec, async (wanted) => {
        const service = await accepted(wanted);
        if (service === undefined) return;
        tried++;
        expect(await refusals(service)).toEqual([]);
      }),
      { numRuns: 400 },
    );
    // A generator of which nothing is accepted would prove nothing.
    expect(tried).toBeGreaterThan(40);
  }, 240_000);

  it('makes a status that it accepts when every list is as long as it may be', async () => {
    const events = (verb: string): { event: string }[] =>
      Array.from({ length: 64 }, (_, index) => ({ event: `${verb}${String(index)}.${'y'.repeat(90)}` }));
    const service = await accepted({
      image: 'a:1',
      role: 'worker',
      dataClass: 'public',
      publishes: events('p'),
      consumes: events('c'),
      calls: Array.from({ length: 32 }, (_, index) => ({ service: `s${String(index)}`, port: 'http' })),
    });
    expect(service).toBeDefined();
    if (service !== undefined) expect(await refusals(service)).toEqual([]);
  });
});
