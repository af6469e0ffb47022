import { describe, expect, it } from '@jest/globals';
import type { HealthcareService } from '../api/healthcareservice.ts';
import { aBroker, aService, aStore } from '../controllers/healthcareservice/fixtures/objects.ts';
import { buildGraph } from './build-graph.ts';
import type { Declared, FindingKind } from './model.ts';
import { nodeName } from './node-id.ts';

function findings(declared: Partial<Declared>, kind: FindingKind): string[] {
  const graph = buildGraph({ services: [], stores: [], brokers: [], ...declared });
  return graph.findings
    .filter((finding) => finding.kind === kind)
    .map(({ node, message }) => `${nodeName(node)}: ${message}`);
}

const http = (service: string): { service: string; port: string } => ({ service, port: 'http' });
const events = (...names: string[]): { event: string }[] => names.map((event) => ({ event }));

describe('findings of the graph', () => {
  it('name every end that does not exist: service, port, store, broker', () => {
    const service = aService('a', {
      calls: [http('gone'), { service: 'b', port: 'smtp' }],
      stores: [{ store: 'db' }],
      publishes: events('x.y'),
    });
    expect(findings({ services: [service, aService('b')] }, 'dangling')).toEqual([
      'a: HealthcareService b has no port smtp',
      'a: no EncryptedStore db',
      'a: no HealthcareService gone',
      'a: no MessageBroker in the namespace',
    ]);
  });

  it('name events that only one side knows, at the service that declares them', () => {
    const services = [
      aService('p', { publishes: events('both.know', 'none.hears') }),
      aService('c', { consumes: events('both.know', 'none.says') }),
      aService('self', { publishes: events('my.own'), consumes: events('my.own') }),
    ];
    expect(findings({ services, brokers: [aBroker('rabbit')] }, 'one-sided')).toEqual([
      'c: nobody publishes none.says',
      'p: nobody consumes none.hears',
    ]);
  });

  it('do not take an event through another broker for the same', () => {
    const services = [
      aService('p', { publishes: events('x.y'), broker: 'one' }),
      aService('c', { consumes: events('x.y'), broker: 'two' }),
    ];
    expect(findings({ services, brokers: [aBroker('one'), aBroker('two')] }, 'one-sided')).toEqual([
      'c: nobody publishes x.y',
      'p: nobody consumes x.y',
    ]);
    expect(findings({ services, brokers: [aBroker('one')] }, 'one-sided')).toEqual([]);
  });

  it('name what nobody uses: services, named ports, stores and brokers, but no gateway and no worker without http', () => {
    const worker = aService('worker', { role: 'worker', calls: [http('used')] });
    delete worker.spec.http;
    const services = [
      aService('gateway', { role: 'gateway' }),
      worker,
      aService('used', { ports: [{ name: 'smtp', port: 25 }] }),
      aService('alone'),
    ];
    const declared = { services, stores: [aStore('db')], brokers: [aBroker('rabbit')] };
    expect(findings(declared, 'unused')).toEqual([
      'rabbit: nobody publishes or consumes through it',
      'alone: nobody calls it over http',
      'used: nobody calls its port smtp',
      'db: nobody stores in it',
    ]);
  });

  it('tell circles of calls, each once, also a call to itself', () => {
    const services = [
      aService('a', { calls: [http('b')] }),
      aService('b', { calls: [http('c')] }),
      aService('c', { calls: [http('a'), http('leaf')] }),
      aService('leaf'),
      aService('mirror', { calls: [http('mirror')] }),
    ];
    expect(findings({ services }, 'cycle')).toEqual([
      'a: calls go in a circle among a, b, c',
      'mirror: calls go in a circle among mirror',
    ]);
  });

  it('do not count what is being deleted, nor what is in another namespace', () => {
    const leaving = aService('b');
    leaving.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    const elsewhere = aService('c');
    elsewhere.metadata.namespace = 'other';
    const services = [aService('a', { calls: [http('b'), http('c')] }), leaving, elsewhere];
    expect(findings({ services }, 'dangling')).toEqual([
      'a: no HealthcareService b',
      'a: no HealthcareService c',
    ]);
  });
});

describe('the graph', () => {
  it('is the same in whatever order the objects come', () => {
    const services = ['d', 'b', 'a', 'c'].map((name) =>
      aService(name, { calls: [http('a'), http('zzz')], publishes: events(`${name}.done`) }),
    );
    const graphOf = (list: HealthcareService[]): string =>
      JSON.stringify(buildGraph({ services: list, stores: [], brokers: [aBroker('rabbit')] }));
    expect(graphOf(services.toReversed())).toBe(graphOf(services));
    expect(graphOf([...services].sort((x, y) => (x.metadata.name < y.metadata.name ? -1 : 1)))).toBe(
      graphOf(services),
    );
  });
});
