import { describe, expect, it } from '@jest/globals';
import type { Condition } from '../../../runtime/kube.ts';
import { aBroker, aService, aStore, edgesOf } from '../fixtures/objects.ts';
import { lookupOf } from '../../../graph/neighbours.ts';
import { needsSince, providersSince } from './providers.ts';

function is(type: string, status: Condition['status'], at: string): { conditions: Condition[] } {
  return { conditions: [{ type, status, reason: 'Tested', message: '', lastTransitionTime: at }] };
}

const service = aService('a', { stores: [{ store: 'db' }], publishes: [{ event: 'x.y' }] });

function since(store: Condition['status'], broker: Condition['status'] | undefined): number | undefined {
  const db = { ...aStore('db'), status: is('PrimaryAvailable', store, '2026-11-22T12:00:00Z') };
  const rabbit = aBroker('rabbit');
  if (broker !== undefined) rabbit.status = is('BrokerReachable', broker, '2026-11-22T13:00:00Z');
  return providersSince(edgesOf(service, { stores: [db], brokers: [rabbit] }));
}

describe('since when stores and broker are up', () => {
  it('is since the last of them came up', () => {
    expect(since('True', 'True')).toBe(Date.parse('2026-11-22T13:00:00Z'));
  });

  it('is not at all when one is down or says nothing', () => {
    expect(since('False', 'True')).toBeUndefined();
    expect(since('True', 'Unknown')).toBeUndefined();
    expect(since('True', undefined)).toBeUndefined();
  });

  it('is always for a service that needs none', () => {
    expect(providersSince(edgesOf(aService('a')))).toBe(0);
  });
});

describe('since when all that a service needs is up', () => {
  const at = (minute: number): string => new Date(Date.UTC(2026, 10, 22, 12, minute)).toISOString();
  const gateway = aService('gateway', { calls: [{ service: 'identity', port: 'http' }] });

  /** The gateway calls identity, which calls audit; identity uses a store, and audit calls identity in a circle. */
  function needs(status: Condition['status'], changes: { audit?: 'missing' | Condition['status'] } = {}) {
    const { audit = 'True' } = changes;
    const called = aService('identity', {
      stores: [{ store: 'db' }],
      calls: [{ service: 'audit', port: 'http' }],
    });
    called.status = is('Available', 'True', at(1));
    const last = aService('audit', { calls: [{ service: 'identity', port: 'http' }] });
    last.status = is('Available', audit === 'missing' ? 'Unknown' : audit, at(2));
    const db = { ...aStore('db'), status: is('PrimaryAvailable', status, at(3)) };
    const services = [gateway, called, ...(audit === 'missing' ? [] : [last])];
    return needsSince(gateway, lookupOf(services), { stores: [db], brokers: [] });
  }

  it('is since the last of them came up, also behind a called service', () => {
    expect(needs('True')).toBe(Date.parse(at(3)));
  });

  it('is not at all when a store behind a called service is down, or a called one is down or missing', () => {
    expect(needs('False')).toBeUndefined();
    expect(needs('True', { audit: 'False' })).toBeUndefined();
    expect(needs('True', { audit: 'missing' })).toBeUndefined();
  });

  it('is always for a service that needs nothing', () => {
    expect(needsSince(aService('a'), lookupOf([]), { stores: [], brokers: [] })).toBe(0);
  });
});
