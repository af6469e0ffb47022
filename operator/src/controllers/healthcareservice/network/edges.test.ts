import { describe, expect, it } from '@jest/globals';
import type { MessageBroker } from '../../../api/messagebroker.ts';
import { aDeployment, aBroker, aService, aStore, edgesOf } from '../fixtures/objects.ts';
import { environment } from '../workload/environment.ts';

describe('the only broker of a namespace', () => {
  it('is no end of an edge where a store or a secret has its name: they would share a folder of bindings', () => {
    const publishes = [{ event: 'a.b' }];
    const brokers = [aBroker('rabbit')];
    const stores = edgesOf(aService('a', { publishes, stores: [{ store: 'rabbit' }] }), {
      brokers,
      stores: [aStore('rabbit')],
    });
    expect(stores.broker).toBeUndefined();
    expect(stores.dangling).toEqual([
      'MessageBroker rabbit has the name of a store or secret of this service',
    ]);
    const secrets = edgesOf(aService('a', { publishes, secrets: [{ name: 'rabbit' }] }), { brokers });
    expect(secrets.missingProviders).toEqual(['a broker']);
  });
});

describe('edges of a service', () => {
  it('name every missing service, port, store and broker', () => {
    const sink = aService('mail-sink');
    const service = aService('notifications', {
      calls: [
        { service: 'identity', port: 'http' },
        { service: 'mail-sink', port: 'smtp' },
      ],
      stores: [{ store: 'clinic-db' }],
      consumes: [{ event: 'a.b' }],
    });
    const edges = edgesOf(service, { services: [service, sink] });
    expect(edges.dangling).toEqual([
      'no HealthcareService identity',
      'HealthcareService mail-sink has no port smtp',
      'no EncryptedStore clinic-db',
      'no MessageBroker in the namespace',
    ]);
    expect(edges.missingProviders).toEqual(['clinic-db', 'a broker']);
  });

  it('resolve to ports, stores and the only broker', () => {
    const sink = aService('mail-sink', { ports: [{ name: 'smtp', port: 1025 }] });
    const service = aService('notifications', {
      calls: [{ service: 'mail-sink', port: 'smtp' }],
      stores: [{ store: 'clinic-db' }],
      publishes: [{ event: 'a.b' }],
    });
    const edges = edgesOf(service, {
      services: [service, sink],
      stores: [aStore('clinic-db')],
      brokers: [aBroker('rabbit')],
    });
    expect(edges.dangling).toEqual([]);
    expect(edges.calls).toEqual([
      { service: 'mail-sink', portName: 'smtp', port: 1025, scheme: 'tls', paths: [] },
    ]);
    expect(edges.broker?.metadata.name).toBe('rabbit');
  });

  it('stay with the oldest broker when there are several, and take the named one', () => {
    const made = (name: string, creationTimestamp: string): MessageBroker => {
      const broker = aBroker(name);
      return { ...broker, metadata: { ...broker.metadata, creationTimestamp } };
    };
    const brokers = [made('one', '2026-02-01T00:00:00Z'), made('two', '2026-01-01T00:00:00Z'), aBroker('a')];
    const service = aService('a', { publishes: [{ event: 'a.b' }] });
    expect(edgesOf(service, { brokers }).dangling).toEqual([]);
    expect(edgesOf(service, { brokers }).broker?.metadata.name).toBe('two');
    const named = aService('a', { publishes: [{ event: 'a.b' }], broker: 'one' });
    expect(edgesOf(named, { brokers }).broker?.metadata.name).toBe('one');
  });

  it('list callers by name, each with the port that it calls', () => {
    const service = aService('identity', { ports: [{ name: 'grpc', port: 9000 }] });
    const callers = [
      aService('z', { calls: [{ service: 'identity', port: 'http' }] }),
      aService('a', { calls: [{ service: 'identity', port: 'grpc' }] }),
      aService('other', { calls: [{ service: 'elsewhere', port: 'http' }] }),
      aService('wrong', { calls: [{ service: 'identity', port: 'nothing' }] }),
    ];
    expect(edgesOf(service, { services: [service, ...callers] }).callers).toEqual([
      { service: 'a', portName: 'grpc', port: 9000 },
      { service: 'z', portName: 'http', port: 8080 },
    ]);
  });

  it('guess the address of a service that is not there yet, so that it heals without a rollout', () => {
    const service = aService('a', {
      calls: [
        { service: 'b', port: 'http' },
        { service: 'c', port: 'smtp' },
      ],
    });
    expect(edgesOf(service).addresses).toEqual([
      { service: 'b', portName: 'http', scheme: 'https', port: 8080 },
    ]);
    expect(edgesOf(service).calls).toEqual([]);
  });

  it('keep the address of a service or port that is gone: what runs goes on with what it was told', () => {
    const calls = [
      { service: 'b', port: 'http' },
      { service: 'c', port: 'smtp' },
    ];
    const service = aService('a', { calls });
    const env = environment(service, [
      { service: 'b', portName: 'http', scheme: 'https' as const, port: 9000 },
      { service: 'c', portName: 'smtp', scheme: 'tls' as const, port: 1025 },
    ]);
    const deployment = aDeployment('a', 1);
    const template = { metadata: {}, spec: { containers: [{ env }] } };
    const running = { ...deployment, spec: { ...deployment.spec, template } };
    const withoutPort = aService('c', { ports: [{ name: 'mail', port: 1025 }] });
    for (const services of [[service], [service, withoutPort]]) {
      const edges = edgesOf(service, { services, deployment: running });
      expect(environment(service, edges.addresses)).toEqual(env);
      expect(edges.calls).toEqual([]);
    }
    const moved = aService('b', { http: { port: 7000 } });
    expect(edgesOf(service, { services: [service, moved], deployment: running }).addresses[0]?.port).toBe(
      7000,
    );
  });

  it('tell which events have one side only, and which ports nobody calls', () => {
    const service = aService('a', {
      consumes: [{ event: 'a.b' }, { event: 'c.d' }],
      publishes: [{ event: 'e.f' }],
      ports: [{ name: 'smtp', port: 25 }],
    });
    const other = aService('b', { publishes: [{ event: 'c.d' }], calls: [{ service: 'a', port: 'http' }] });
    const edges = edgesOf(service, { services: [service, other] });
    expect(edges.oneSided).toEqual(['nobody publishes a.b', 'nobody consumes e.f']);
    expect(edges.unused).toEqual(['nobody calls its port smtp']);
  });
});
