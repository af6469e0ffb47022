import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningApiServer } from '@careplane/testing';
import { parseAllDocuments } from 'yaml';
import {
  collection,
  startWithKinds,
  tryToCreate,
  type Refusal,
  type StatusBody,
} from './fixtures/tried-specs.ts';
import { GROUP, VERSION } from './group.ts';
import { kinds } from './kinds.ts';
import type { AnyObject } from '../runtime/kube.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

let server: RunningApiServer;

beforeAll(async () => {
  server = await startWithKinds();
}, 120_000);

afterAll(async () => {
  await server.stop();
});

function create(kind: string, spec: unknown, name?: string): Promise<Refusal> {
  return tryToCreate(server, kind, spec, name);
}

const service = { image: 'a/b:1', role: 'api', dataClass: 'phi', http: {} };
const worker = { image: 'a/b:1', role: 'worker', dataClass: 'phi' };
const gateway = { ...service, role: 'gateway' };
const storage = { size: '1Gi' };
const policy = { target: { service: 'a' }, min: 1, max: 3, cpu: { utilization: 70 } };

describe('the API server', () => {
  it('accepts the CRDs as structural, with the rules within the cost budget', async () => {
    for (const { plural } of kinds) {
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.${GROUP}`;
      const { status } = (await server.api.demand('GET', path)) as {
        status: { conditions: { type: string; status: string }[] };
      };
      const types = status.conditions.filter(({ status: value }) => value === 'True').map(({ type }) => type);
      expect(types.sort()).toEqual(['Established', 'NamesAccepted']);
    }
  });

  it('accepts the clinic as it is written', async () => {
    const folder = join(root, 'examples/clinic');
    for (const file of (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort()) {
      for (const document of parseAllDocuments(await readFile(join(folder, file), 'utf8'))) {
        const { kind, metadata, spec } = document.toJS() as AnyObject;
        const { status, message } = await create(kind, spec, metadata.name);
        expect({ name: metadata.name, status, message }).toEqual({
          name: metadata.name,
          status: 201,
          message: '',
        });
      }
    }
  });

  it.each(kinds.map(({ kind, example }) => [kind, example] as const))(
    'accepts the example of %s on its reference page',
    async (kind, example) => {
      const [document] = parseAllDocuments(example);
      const { metadata, spec } = document?.toJS() as AnyObject;
      expect(await create(kind, spec, metadata.name)).toMatchObject({ status: 201 });
    },
  );

  it.each([
    ['negative replicas', { ...service, replicas: -1 }, 'spec.replicas'],
    ['a broken name in an edge', { ...service, calls: [{ service: 'Not_A_Name' }] }, 'spec.calls[0].service'],
    ['a broken event name', { ...service, publishes: [{ event: 'Booked!' }] }, 'spec.publishes[0].event'],
    ['a broken store name', { ...service, stores: [{ store: '-db' }] }, 'spec.stores[0].store'],
    ['the same edge twice', { ...service, calls: [{ service: 'a' }, { service: 'a' }] }, 'spec.calls[1]'],
    ['an unknown role', { ...service, role: 'database' }, 'spec.role'],
    ['an unknown data class', { ...service, dataClass: 'secret' }, 'spec.dataClass'],
    ['an image without tag or digest', { ...service, image: 'a/b' }, 'spec.image'],
    ['an api without http', { ...worker, role: 'api' }, 'spec.http'],
    ['an exposed api', { ...service, http: { expose: {} } }, 'spec.http.expose'],
    [
      'source ranges without a load balancer',
      { ...gateway, http: { expose: { type: 'NodePort', loadBalancerSourceRanges: ['203.0.113.0/24'] } } },
      'spec.http.expose.loadBalancerSourceRanges',
    ],
    [
      'a source range that is none',
      {
        ...gateway,
        http: { expose: { type: 'LoadBalancer', loadBalancerSourceRanges: ['203.0.113.0/99'] } },
      },
      'spec.http.expose.loadBalancerSourceRanges[0]',
    ],
    [
      'a traffic policy of what is not reached from outside',
      { ...gateway, http: { expose: { externalTrafficPolicy: 'Local' } } },
      'spec.http.expose.externalTrafficPolicy',
    ],
    [
      'an annotation with no valid name',
      { ...gateway, http: { expose: { annotations: { 'a b': 'c' } } } },
      'spec.http.expose.annotations',
    ],
    [
      "an annotation of the operator's own",
      { ...gateway, http: { expose: { annotations: { 'careplane.dev/applied': 'c' } } } },
      'spec.http.expose.annotations',
    ],
    [
      'source ranges in an annotation, which the API server reads, too',
      {
        ...gateway,
        http: { expose: { annotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': 'x' } } },
      },
      'spec.http.expose.annotations',
    ],
    [
      'source ranges with bits beyond the prefix',
      {
        ...gateway,
        http: { expose: { type: 'LoadBalancer', loadBalancerSourceRanges: ['203.0.113.7/24'] } },
      },
      'spec.http.expose.loadBalancerSourceRanges[0]',
    ],
    [
      'an address with a leading zero',
      { ...gateway, http: { expose: {}, tls: { hosts: ['01.1.1.1'] } } },
      'spec.http.tls.hosts[0]',
    ],
    [
      'a host with a part of 64 letters',
      { ...gateway, http: { expose: {}, tls: { hosts: [`${'a'.repeat(64)}.example`] } } },
      'spec.http.tls.hosts[0]',
    ],
    [
      'a nodePort without NodePort',
      { ...gateway, http: { expose: { type: 'ClusterIP', nodePort: 30080 } } },
      'spec.http.expose.nodePort',
    ],
    ['an internal path', { ...service, http: { paths: ['/internal/contacts'] } }, 'spec.http.paths[0]'],
    ['a path that is none', { ...service, http: { paths: ['v1/patients'] } }, 'spec.http.paths[0]'],
    ['the admin port as http port', { ...service, http: { port: 9090 } }, 'spec.http.port'],
    ['a port that is taken', { ...service, ports: [{ name: 'more', port: 8080 }] }, 'spec.ports'],
    [
      'two calls that give one variable',
      { ...service, calls: [{ service: 'a-b' }, { service: 'a', port: 'b' }] },
      'spec.calls',
    ],
    [
      'a request above its limit',
      { ...service, resources: { requests: { cpu: 1 }, limits: { cpu: '900m' } } },
      'spec.resources.requests.cpu',
    ],
    [
      'a broker that has the name of a store',
      { ...service, publishes: [{ event: 'a.b' }], broker: 'x', stores: [{ store: 'x' }] },
      'spec.broker',
    ],
    ['two hyphens in a port name', { ...service, ports: [{ name: 'a--b', port: 1 }] }, 'spec.ports[0].name'],
    ['negative resources', { ...service, resources: { limits: { cpu: -1 } } }, 'spec.resources.limits.cpu'],
    [
      'the same port twice',
      {
        ...service,
        ports: [
          { name: 'a', port: 1025 },
          { name: 'b', port: 1025 },
        ],
      },
      'spec.ports',
    ],
    [
      'a port name that is taken',
      { ...service, ports: [{ name: 'metrics', port: 1 }] },
      'spec.ports[0].name',
    ],
    ['configuration that the operator sets', { ...service, config: { PORT: '1' } }, 'spec.config'],
    ['a drain without end', { ...service, config: { SHUTDOWN_DEADLINE_MS: '9999999' } }, 'spec.config'],
    ['configuration that is no variable', { ...service, config: { 'a b': '1' } }, 'spec.config'],
    ['a broker for a service without events', { ...service, broker: 'rabbit' }, 'spec.broker'],
    ['a deadline without a unit', { ...service, rollout: { deadline: '5' } }, 'spec.rollout.deadline'],
    ['an impossible availability', { ...service, slo: { availability: 100 } }, 'spec.slo.availability'],
    [
      'a generated key named type',
      { ...service, secrets: [{ name: 'k', generate: ['type'] }] },
      'spec.secrets[0].generate[0]',
    ],
    [
      'a secret named like a store',
      { ...service, stores: [{ store: 'k' }], secrets: [{ name: 'k' }] },
      'spec.secrets',
    ],
    [
      'a budget that blocks every drain',
      { ...service, disruption: { maxUnavailable: 0 } },
      'spec.disruption.maxUnavailable',
    ],
  ])('refuses a HealthcareService with %s, naming the field', async (_, spec, field) => {
    const { status, fields } = await create('HealthcareService', spec);
    expect({ status, fields }).toEqual({ status: 422, fields: expect.arrayContaining([field]) as unknown });
  });

  it.each([
    ['no trigger', { target: { service: 'a' }, min: 1, max: 3 }, 'spec'],
    ['min 0 without a queue', { ...policy, min: 0 }, 'spec.min'],
    ['max below min', { ...policy, min: 4 }, 'spec.max'],
    ['a utilization beyond all', { ...policy, cpu: { utilization: 101 } }, 'spec.cpu.utilization'],
  ])('refuses a ScalingPolicy with %s, naming the field', async (_, spec, field) => {
    const { status, fields } = await create('ScalingPolicy', spec);
    expect({ status, fields }).toEqual({ status: 422, fields: expect.arrayContaining([field]) as unknown });
  });

  it.each([
    ['EncryptedStore', 'an unknown engine', { engine: 'oracle', storage }, 'spec.engine'],
    ['EncryptedStore', 'two members', { engine: 'mongodb', members: 2, storage }, 'spec.members'],
    ['EncryptedStore', 'redis members', { engine: 'redis', members: 3, storage }, 'spec.members'],
    ['EncryptedStore', 'a broken size', { engine: 'redis', storage: { size: 'big' } }, 'spec.storage.size'],
    ['EncryptedStore', 'no storage', { engine: 'redis' }, 'spec.storage'],
    ['MessageBroker', 'two nodes', { nodes: 2, storage }, 'spec.nodes'],
    ['ObservabilityStack', 'a broken retention', { retention: 'long', storage }, 'spec.retention'],
  ])('refuses %s with %s, naming the field', async (...[kind, , spec, field]) => {
    const { status, fields } = await create(kind, spec);
    expect({ status, fields }).toEqual({ status: 422, fields: expect.arrayContaining([field]) as unknown });
  });

  it('refuses a field that does not exist, and names that no child could have', async () => {
    const unknown = await create('HealthcareService', { ...service, replica: 3 });
    expect(unknown).toMatchObject({
      status: 400,
      message: expect.stringContaining('spec.replica') as unknown,
    });
    for (const name of ['1st', 'a.b', 'a'.repeat(41)]) {
      expect(await create('HealthcareService', service, name)).toMatchObject({
        status: 422,
        fields: expect.arrayContaining(['metadata.name']) as unknown,
      });
    }
  });

  it('fills in the defaults of the reference page', async () => {
    const path = `${collection('HealthcareService')}/defaults`;
    const spec = { ...service, calls: [{ service: 'identity' }] };
    const object = {
      apiVersion: `${GROUP}/${VERSION}`,
      kind: 'HealthcareService',
      metadata: { name: 'defaults' },
      spec,
    };
    await server.api.apply(path, object);
    expect(await server.api.demand('GET', path)).toMatchObject({
      spec: {
        replicas: 1,
        http: { port: 8080 },
        calls: [{ service: 'identity', port: 'http' }],
        enforcement: 'Enforce',
        rollout: { deadline: '5m', automaticRollback: true },
        disruption: { maxUnavailable: 1 },
      },
    });
  });

  it.each([
    ['EncryptedStore', { engine: 'mongodb', storage }, { engine: 'redis', storage }, 'spec.engine'],
    [
      'EncryptedStore',
      { engine: 'redis', storage },
      { engine: 'redis', storage: { size: '2Gi' } },
      'spec.storage.size',
    ],
    ['MessageBroker', { storage }, { storage: { ...storage, class: 'other' } }, 'spec.storage.class'],
    ['ScalingPolicy', policy, { ...policy, target: { service: 'b' } }, 'spec.target.service'],
  ])('refuses to change what is fixed in %s', async (kind, before, after, field) => {
    const name = `fixed-${field.replaceAll('.', '-')}`;
    const path = `${collection(kind)}/${name}`;
    const object = (spec: unknown): object => ({
      apiVersion: `${GROUP}/${VERSION}`,
      kind,
      metadata: { name },
      spec,
    });
    await server.api.apply(path, object(before));
    const { status, body } = await server.api.request('PATCH', path, {
      body: { spec: after },
      contentType: 'application/merge-patch+json',
    });
    const fields = ((body as StatusBody).details?.causes ?? []).map((cause) => cause.field);
    expect({ status, fields }).toEqual({ status: 422, fields: [field] });
  });
});
