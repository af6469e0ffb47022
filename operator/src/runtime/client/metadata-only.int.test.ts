import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startApiServer, until, type RunningApiServer } from '@careplane/testing';
import { ownershipOf } from '../apply/ownership.ts';
import { fieldConflictsOf } from '../apply/field-conflicts.ts';
import type { WatchEvent } from '../cache/watch-event.ts';
import { systemClock } from '../clock.ts';
import { ApiError } from '../errors.ts';
import { clinicDefinition, clinics, configMaps, secrets } from '../fixtures/clinic.ts';
import { NotingTransport } from '../fixtures/noting-transport.ts';
import type { AnyObject, KubeObject, ObjectMeta, ResourceType } from '../kube.ts';
import { KubeClient } from './client.ts';
import { kubeconfigCredentials } from './credentials.ts';

jest.setTimeout(60_000);

const PROTOBUF = 'application/vnd.kubernetes.protobuf';

const deployments: ResourceType = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  plural: 'deployments',
  namespaced: true,
};
const definitions: ResourceType = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};
const TYPES = [configMaps, secrets, deployments, clinics];

let server: RunningApiServer;
let transports: NotingTransport[] = [];
let protobuf: KubeClient;
let json: KubeClient;

async function clientFor(user: string, onlyJson = false): Promise<KubeClient> {
  const path = await server.kubeconfigFor(user, user === 'nobody' ? { groups: [] } : {});
  const credentials = await kubeconfigCredentials(path, systemClock);
  const shared = { clock: systemClock, random: Math.random, userAgent: 'metadata-only' };
  const transport = new NotingTransport({ ...shared, credentials });
  transport.onlyJson = onlyJson;
  transports.push(transport);
  const client = new KubeClient(transport);
  client.discovery.learn(TYPES);
  return client;
}

const labels = { suite: 'metadata', 'careplane.dev/owner': 'ward', empty: '' };
const annotations = { note: 'Größe: 3 µm 😀, <b>&amp;</b>', long: 'x'.repeat(2_000) };

function named(type: ResourceType, rest: object, meta: Partial<ObjectMeta> = {}): AnyObject {
  const metadata = { name: 'one', namespace: 'ward', labels, annotations, ...meta };
  return { apiVersion: type.apiVersion, kind: type.kind, metadata, ...rest };
}

const container = {
  name: 'main',
  image: 'a',
  ports: [{ containerPort: 80 }],
  env: [{ name: 'A', value: '1' }],
};
const podTemplate = { metadata: { labels }, spec: { containers: [container] } };
const KEPT = { finalizers: ['test.careplane.dev/kept'] };
const OBJECTS = [
  named(configMaps, { data: { a: '1', b: '2' } }, KEPT),
  named(secrets, { stringData: { password: 'hidden' } }, KEPT),
  named(deployments, { spec: { selector: { matchLabels: labels }, template: podTemplate } }, KEPT),
  // Keys that Go escapes in JSON.
  named(clinics, { spec: { message: 'm', map: { 'a<b>&"c"': 1, 'é\b\\': 2 } } }, KEPT),
];

beforeAll(async () => {
  server = await startApiServer();
  await server.api.demand('POST', '/api/v1/namespaces', {
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ward' } },
  });
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  await server.api.demand('POST', path, { body: clinicDefinition });
  protobuf = await clientFor('in-protobuf');
  json = await clientFor('in-json', true);
  const served = (): Promise<boolean> =>
    json.list(clinics).then(
      () => true,
      () => false,
    );
  await until(served, { what: 'the custom resource to be served' });
  for (const object of OBJECTS) await writtenByMany(object);
}, 120_000);

afterAll(async () => {
  for (const transport of transports) await transport.close();
  transports = [];
  await server.stop();
});

/** With an entry of ours, one of another manager, one of a subresource where there is one, an owner, and on its way out. */
async function writtenByMany(object: AnyObject): Promise<void> {
  const { uid } = (await json.get(definitions, { name: clinicDefinition.metadata.name }))?.metadata ?? {};
  const { apiVersion, kind } = definitions;
  const { name } = clinicDefinition.metadata;
  const ownerReferences = [{ apiVersion, kind, name, uid: uid ?? '', controller: true }];
  await json.apply({ ...object, metadata: { ...object.metadata, ownerReferences } });
  const type = TYPES.find((each) => each.kind === object.kind) ?? configMaps;
  const root = type.apiVersion.includes('/') ? '/apis' : '/api';
  const url = `${root}/${type.apiVersion}/namespaces/ward/${type.plural}/one`;
  const patch = { metadata: { annotations: { theirs: 'yes' } } };
  const contentType = 'application/merge-patch+json';
  await server.api.demand('PATCH', `${url}?fieldManager=kubectl-edit`, { body: patch, contentType });
  if (object.kind !== 'Deployment') return;
  const status = { status: { observedGeneration: 1, replicas: 2 } };
  await server.api.demand('PATCH', `${url}/status?fieldManager=controller`, { body: status, contentType });
  await server.api.demand('DELETE', url);
}

/** What both encodings give, with the fields as text, as only protobuf has them. */
function comparable({ metadata }: KubeObject): object {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } =
    metadata;
  const managedFields = metadata.managedFields?.map(
    ({ manager, operation, subresource = '', fieldsV1, fieldsJson }) => {
      const fields: unknown = fieldsV1 ?? JSON.parse(fieldsJson ?? 'null');
      return { manager, operation, subresource, fields: JSON.stringify(fields) };
    },
  );
  return {
    ...{ name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp },
    labels: metadata.labels,
    annotations: metadata.annotations,
    ownerReferences: metadata.ownerReferences,
    finalizers: metadata.finalizers,
    managedFields,
    owned: ownershipOf(metadata.managedFields),
  };
}

/** The events of a watch up to the one that satisfies. */
async function watched(
  client: KubeClient,
  type: ResourceType,
  resourceVersion: string,
  isLast: (event: WatchEvent) => boolean,
): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  const stop = new AbortController();
  const onEvent = (event: WatchEvent): void => {
    if (stop.signal.aborted) return;
    events.push(event);
    if (isLast(event)) stop.abort();
  };
  const options = { namespace: 'ward', metadataOnly: true, resourceVersion, timeoutSeconds: 3, onEvent };
  await client.watch(type, { ...options, signal: stop.signal }).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return events;
}

/** One after the other, since both may write. */
async function inTurn<T, R>(
  items: readonly T[],
  act: (item: T) => Promise<R> | undefined,
): Promise<(R | undefined)[]> {
  const results: (R | undefined)[] = [];
  for (const item of items) results.push(await act(item));
  return results;
}

async function refusal(call: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  if (!(error instanceof ApiError)) throw new Error(`no refusal: ${String(error)}`);
  return error;
}

const key = { namespace: 'ward', name: 'one' };
const isAdded = ({ type }: WatchEvent): boolean => type === 'ADDED';

/** The ways in which an object comes. */
const WAYS: Record<string, (client: KubeClient, type: ResourceType) => Promise<KubeObject[]>> = {
  got: async (client, type) =>
    [await client.get(type, key, { metadataOnly: true })].flatMap((got) => got ?? []),
  listed: (client, type) => client.list(type, { namespace: 'ward', metadataOnly: true }),
  watched: async (client, type) => (await watched(client, type, '0', isAdded)).map(({ object }) => object),
  applied: async (client, type) => {
    const object = OBJECTS.find(({ kind }) => kind === type.kind) ?? named(type, {});
    const metadata = { ...object.metadata, labels: { ...labels, applied: 'again' } };
    return [await client.apply({ ...object, metadata }, { metadataOnly: true })];
  },
};

describe('metadata', () => {
  it.each(TYPES.flatMap((type) => Object.keys(WAYS).map((way) => [type.kind, way, type] as const)))(
    'of a %s is the same in protobuf and in JSON when it is %s',
    async (kind, way, type) => {
      const [ours = [], inJson = []] = await inTurn([protobuf, json], (client) => WAYS[way]?.(client, type));
      expect(ours.map(comparable)).toEqual(inJson.map(comparable));
      expect(ours).toHaveLength(1);
      expect(ours[0]?.metadata.annotations).toMatchObject({ note: annotations.note });
      expect(ours[0]?.metadata.managedFields?.length).toBeGreaterThanOrEqual(2);
      expect(ownershipOf(ours[0]?.metadata.managedFields)).toBeDefined();
      expect(ours[0]?.metadata.deletionTimestamp !== undefined).toBe(kind === 'Deployment');
    },
  );

  it('comes in protobuf where it is asked for, and in JSON where that is all', () => {
    const [inProtobuf, inJson] = transports.map(({ encodings }) => [...encodings].sort());
    expect(inProtobuf).toEqual([PROTOBUF, `${PROTOBUF};stream=watch`]);
    expect(inJson).toEqual(['application/json']);
  });

  it('comes in pages', async () => {
    for (let index = 0; index < 5; index++)
      await json.apply(named(configMaps, { data: {} }, { name: `page-${index}`, labels: { page: 'yes' } }));
    const selection = { namespace: 'ward', labelSelector: 'page=yes', metadataOnly: true, limit: 2 };
    const names: string[] = [];
    let token: string | undefined;
    const versions = new Set<string>();
    let pages = 0;
    do {
      const page = await protobuf.listPage(configMaps, { ...selection, continue: token });
      names.push(...page.objects.map(({ metadata }) => metadata.name));
      versions.add(page.resourceVersion);
      token = page.continue;
      pages++;
    } while (token !== undefined);
    expect(names).toEqual([0, 1, 2, 3, 4].map((index) => `page-${index}`));
    expect(pages).toBe(3);
    expect(versions.size).toBe(1);
  });

  it('is watched: made, changed, deleted, and a bookmark behind what was there before', async () => {
    const { resourceVersion } = await json.listPage(configMaps, { namespace: 'ward', limit: 1 });
    const key = { namespace: 'ward', name: 'short' };
    for (const value of ['1', '2'])
      await json.apply(named(configMaps, { data: { value } }, { name: 'short' }));
    await json.remove(configMaps, key);
    const events = await watched(protobuf, configMaps, resourceVersion, ({ type }) => type === 'DELETED');
    expect(events.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
      'ADDED short',
      'MODIFIED short',
      'DELETED short',
    ]);
    const isBookmark = ({ type }: WatchEvent): boolean => type === 'BOOKMARK';
    for (const client of [protobuf, json]) {
      const last = (await watched(client, configMaps, '0', isBookmark)).at(-1)?.object.metadata;
      expect(Number(last?.resourceVersion)).toBeGreaterThan(Number(resourceVersion));
      expect(last?.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    }
  });
});

describe('a refusal of what asks for metadata', () => {
  it('is read: a conflict of fields, with who holds which', async () => {
    const theirs = named(configMaps, {}, { annotations: { theirs: 'no' }, labels: {} });
    const error = await refusal(protobuf.apply(theirs, { metadataOnly: true, force: false }));
    expect(error).toMatchObject({ status: 409, reason: 'Conflict' });
    expect(fieldConflictsOf(error)).toEqual([
      { manager: 'kubectl-edit', fields: ['.metadata.annotations.theirs'] },
    ]);
  });

  it('is read: forbidden, not there, invalid, too old a page', async () => {
    const nobody = await clientFor('nobody');
    expect(await refusal(nobody.list(configMaps, { ...key, metadataOnly: true }))).toMatchObject({
      status: 403,
      reason: 'Forbidden',
      message: expect.stringContaining('"nobody" cannot list'),
    });
    expect(await protobuf.get(configMaps, { ...key, name: 'none' }, { metadataOnly: true })).toBeUndefined();
    const invalid = named(configMaps, {}, { labels: { a: 'no label!' } });
    const unfit = await refusal(protobuf.apply(invalid, { metadataOnly: true }));
    expect(unfit).toMatchObject({ status: 422, reason: 'Invalid' });
    expect(unfit.causes.map(({ field }) => field)).toContain('metadata.labels');
    const bad = { namespace: 'ward', limit: 1, continue: 'nonsense', metadataOnly: true };
    expect(await refusal(protobuf.listPage(configMaps, bad))).toMatchObject({ status: 400 });
  });

  it('is read: a watch from a version that is forgotten', async () => {
    await server.compact();
    await server.restart();
    const since = (): Promise<WatchEvent[]> => watched(protobuf, configMaps, '2', () => false);
    expect(await refusal(since())).toMatchObject({ status: 410, reason: 'Expired' });
  });
});
