import { describe, expect, it } from '@jest/globals';
import { aBroker, aService, aStore } from '../../controllers/healthcareservice/fixtures/objects.ts';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { brief, onlyThese } from '../fixtures/other-objects.ts';
import { danglingEdges } from './dangling-edges.ts';
import type { OtherObjects } from './rule.ts';

describe('danglingEdges', () => {
  it('warns of every other end that is missing, by its path', () => {
    const service = aService('a', {
      calls: [
        { service: 'there', port: 'http' },
        { service: 'there', port: 'smtp' },
        { service: 'gone', port: 'http' },
      ],
      stores: [{ store: 'db' }, { store: 'nowhere' }],
      consumes: [{ event: 'known.event' }, { event: 'unknown.event' }],
    });
    const there = onlyThese({
      services: [aService('there', { publishes: [{ event: 'known.event' }] })],
      stores: [aStore('db')],
    });
    expect(brief(danglingEdges(service, there))).toEqual([
      'warn spec.calls[1].port',
      'warn spec.calls[2].service',
      'warn spec.stores[1].store',
      'warn spec.broker',
      'warn spec.consumes[1].event',
    ]);
  });

  it('has nothing to say when everything is there', () => {
    const service = aService('a', {
      calls: [{ service: 'a', port: 'http' }],
      stores: [{ store: 'db' }],
      publishes: [{ event: 'a.b' }],
      consumes: [{ event: 'a.b' }],
    });
    expect(danglingEdges(service, onlyThese({ stores: [aStore('db')], brokers: [aBroker('q')] }))).toEqual(
      [],
    );
  });

  it('warns of an event that is published through another broker only: it never arrives', () => {
    const service = aService('a', { broker: 'q', consumes: [{ event: 'a.b' }] });
    const publisher = (broker: string): HealthcareService =>
      aService('p', { broker, publishes: [{ event: 'a.b' }] });
    const beside = (broker: string): OtherObjects =>
      onlyThese({ services: [publisher(broker)], brokers: [aBroker('q'), aBroker('r')] });
    expect(danglingEdges(service, beside('q'))).toEqual([]);
    expect(brief(danglingEdges(service, beside('r')))).toEqual(['warn spec.consumes[0].event']);
  });

  it('says which broker is taken when there are several and none is named', () => {
    const brokers = [aBroker('q'), aBroker('r')];
    const [found] = danglingEdges(aService('a', { publishes: [{ event: 'a.b' }] }), onlyThese({ brokers }));
    const message = expect.stringContaining('the oldest is taken, q') as unknown;
    expect(found).toMatchObject({ field: 'spec.broker', message });
    const named = aService('a', { publishes: [{ event: 'a.b' }], broker: 'r' });
    expect(danglingEdges(named, onlyThese({ brokers }))).toEqual([]);
  });
});
