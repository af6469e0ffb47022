import { describe, expect, it } from '@jest/globals';
import type { Condition } from '../../../runtime/kube.ts';
import { aBroker, aService, aStore, edgesOf } from '../fixtures/objects.ts';
import { providersSince } from './providers.ts';

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
