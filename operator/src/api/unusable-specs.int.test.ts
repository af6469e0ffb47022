import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { installCrd, until, type RunningApiServer } from '@careplane/testing';
import { customResourceDefinition } from './crd.ts';
import { collection, startWithKinds, tryToCreate, type Refusal } from './fixtures/tried-specs.ts';
import { GROUP, VERSION } from './group.ts';
import { healthcareService } from './healthcareservice.ts';
import { kinds } from './kinds.ts';

/** What would be accepted here and refused later, by the API server in a child or by an engine at its start. */

let server: RunningApiServer;

beforeAll(async () => {
  server = await startWithKinds();
}, 120_000);

afterAll(() => server.stop());

function create(kind: string, spec: unknown, name?: string): Promise<Refusal> {
  return tryToCreate(server, kind, spec, name);
}

const storage = { size: '1Gi' };
const service = { image: 'a/b:1', role: 'api', dataClass: 'phi', http: {} };
const inS3 = {
  ...service,
  config: { BLOBS: 'S3', S3_ENDPOINT: 'https://s3.example', S3_BUCKET: 'contents' },
  secrets: [{ name: 's3' }],
};
const policy = { target: { service: 'a' }, min: 1, max: 3, cpu: { utilization: 70 } };
const mongodb = { engine: 'mongodb', storage };
const redis = { engine: 'redis', storage };
const memory = (amount: string | number): object => ({ resources: { limits: { memory: amount } } });
const labelled = (key: string, value: string): object => ({
  storage,
  dashboards: { labels: { [key]: value } },
});
const SIZE = 'spec.storage.size';
const MEMORY = 'spec.resources.limits.memory';
const LABELS = 'spec.dashboards.labels';

describe('refused at once, naming the field', () => {
  it.each<[string, string, object, string]>([
    ['HealthcareService', 'a registry in capitals', { ...service, image: 'Registry:1' }, 'spec.image'],
    ['HealthcareService', 'two dots in a repository', { ...service, image: 'a..b/c:1' }, 'spec.image'],
    [
      'HealthcareService',
      'a repository of 300 letters',
      { ...service, image: `${'a'.repeat(300)}:1` },
      'spec.image',
    ],
    ['HealthcareService', 'a NUL', { ...service, config: { A: 'a\u0000b' } }, 'spec.config'],
    ['HealthcareService', 'a memory limit without its unit', { ...service, ...memory('256') }, MEMORY],
    [
      'HealthcareService',
      'a limit of no cpu at all',
      { ...service, resources: { limits: { cpu: 0 } } },
      'spec.resources.limits.cpu',
    ],
    [
      'HealthcareService',
      'more memory than a quantity holds',
      { ...service, resources: { requests: { memory: '99999999999Ti' } } },
      'spec.resources.requests.memory',
    ],
    [
      'HealthcareService',
      'contents in a store that there is not',
      { ...service, config: { BLOBS: 's3' } },
      'spec.config.[BLOBS]',
    ],
    [
      'HealthcareService',
      'contents in an object store that is nowhere',
      { ...inS3, config: { BLOBS: 'S3', S3_BUCKET: 'contents' } },
      'spec.config.[S3_ENDPOINT]',
    ],
    [
      'HealthcareService',
      'contents in no bucket',
      { ...inS3, config: { BLOBS: 'S3', S3_ENDPOINT: 'https://s3.example' } },
      'spec.config.[S3_BUCKET]',
    ],
    [
      'HealthcareService',
      'contents sent without TLS',
      { ...inS3, config: { ...inS3.config, S3_ENDPOINT: 'http://s3.example' } },
      'spec.config.[S3_ENDPOINT]',
    ],
    [
      'HealthcareService',
      'a bucket that is no name',
      { ...inS3, config: { ...inS3.config, S3_BUCKET: 'Contents' } },
      'spec.config.[S3_BUCKET]',
    ],
    [
      'HealthcareService',
      'a prefix that the first name would run into',
      { ...inS3, config: { ...inS3.config, S3_PREFIX: 'clinic' } },
      'spec.config.[S3_PREFIX]',
    ],
    [
      'HealthcareService',
      'an object store without its keys',
      { ...inS3, config: { ...inS3.config, S3_SECRET: 'another' } },
      'spec.secrets',
    ],
    [
      'ScalingPolicy',
      'a stabilization of years',
      { ...policy, behavior: { scaleDownStabilization: '900d' } },
      'spec.behavior.scaleDownStabilization',
    ],
    ['ObservabilityStack', 'a retention of ages', { retention: '999999999d', storage }, 'spec.retention'],
    ['ObservabilityStack', 'a retention of seconds', { retention: '5s', storage }, 'spec.retention'],
    ['ObservabilityStack', 'a label with a space', labelled('team', 'Kardiologie Süd'), `${LABELS}.team`],
    ['ObservabilityStack', 'a label that ends in a dash', labelled('team', 'x-'), `${LABELS}.team`],
    ['ObservabilityStack', 'a label key with a space', labelled('a b', 'x'), LABELS],
    ['ObservabilityStack', 'a label key with an empty part', labelled('a..b/c', 'x'), LABELS],
    ['ObservabilityStack', "the operator's own label", labelled('careplane.dev/owner', 'x'), LABELS],
    ['EncryptedStore', 'less memory than the cache of MongoDB', { ...mongodb, ...memory('300Mi') }, MEMORY],
    ['EncryptedStore', 'less memory than Redis needs', { ...redis, ...memory('32Mi') }, MEMORY],
    ['MessageBroker', 'less memory than the watermark needs', { storage, ...memory('256Mi') }, MEMORY],
    ['ObservabilityStack', 'less memory than Prometheus needs', { storage, ...memory('64Mi') }, MEMORY],
    ['EncryptedStore', 'a volume below its logs', { ...mongodb, storage: { size: '256Mi' } }, SIZE],
    ['EncryptedStore', 'a volume of nothing', { ...redis, storage: { size: '1Mi' } }, SIZE],
    ['MessageBroker', 'a volume below its watermark', { storage: { size: '200Mi' } }, SIZE],
    ['ObservabilityStack', 'a volume below its log', { storage: { size: '100Mi' } }, SIZE],
    [
      'EncryptedStore',
      'a StorageClass that is no name',
      { ...redis, storage: { ...storage, class: 'Fast SSD' } },
      'spec.storage.class',
    ],
  ])('%s: %s', async (...[kind, , spec, field]) => {
    const { status, fields } = await create(kind, spec);
    expect({ status, fields }).toEqual({ status: 422, fields: expect.arrayContaining([field]) as unknown });
  });

  it.each([
    ['HealthcareService', inS3],
    ['HealthcareService', { ...service, config: { S3_ENDPOINT: 'http://of-another-image' } }],
    ['EncryptedStore', { ...mongodb, ...memory('512Mi') }],
    ['EncryptedStore', { ...redis, storage: { size: '64Mi' }, ...memory(67_108_864) }],
    ['ObservabilityStack', { retention: '1h', ...labelled('grafana.com/folder', 'Kardiologie_2') }],
    ['ObservabilityStack', { storage, resources: { requests: { memory: '1Gi' } } }],
    [
      'HealthcareService',
      { ...service, image: `Registry.example:5000/a/b-c__d:V1@sha256:${'0'.repeat(64)}` },
    ],
  ])('and not what works: %s %j', async (kind, spec) => {
    expect(await create(kind, spec)).toMatchObject({ status: 201 });
  });
});

describe('reserved names', () => {
  const specs: Record<string, object> = { HealthcareService: service, EncryptedStore: redis };
  const specOf = (kind: string): object => specs[kind] ?? { storage };

  it.each([
    ...['default', 'admin', 'config', 'local', 'guest', 'amq'].map((name) => ['HealthcareService', name]),
    ...kinds
      .filter(({ kind }) => kind !== 'ScalingPolicy')
      .flatMap(({ kind }) => ['careplane', 'careplane-operator'].map((name) => [kind, name])),
  ])('are refused to a new %s, which says whose %s is', async (kind = '', name = '') => {
    const { status, fields, message } = await create(kind, specOf(kind), name);
    expect({ status, fields }).toEqual({ status: 422, fields: ['metadata.name'] });
    expect(message).toMatch(/reserved by (Kubernetes|MongoDB|RabbitMQ|Careplane)/);
  });

  it('do not keep an object that is older than the rule from being changed', async () => {
    const definition = customResourceDefinition(healthcareService) as unknown as {
      kind: string;
      metadata: { name: string };
      spec: { versions: [{ schema: { openAPIV3Schema: Record<string, unknown> } }] };
    };
    const [version] = structuredClone(definition.spec.versions);
    delete version.schema.openAPIV3Schema['x-kubernetes-validations'];
    const without = { ...definition, spec: { ...definition.spec, versions: [version] } };
    await installCrd(server.api, without);
    const becomes = (status: number, name: string): Promise<unknown> =>
      until(async () => (await create('HealthcareService', service, name)).status === status, {
        what: `${name} to be answered with ${status}`,
      });
    await becomes(201, 'admin');
    const path = `${collection('HealthcareService')}/local`;
    const own = { apiVersion: `${GROUP}/${VERSION}`, kind: 'HealthcareService', metadata: { name: 'local' } };
    await server.api.apply(path, { ...own, spec: service });
    await installCrd(server.api, definition);
    await becomes(422, 'admin');
    const body = { spec: { replicas: 2 } };
    const contentType = 'application/merge-patch+json';
    const { status } = await server.api.request('PATCH', path, { body, contentType });
    expect(status).toBe(200);
  });
});
