import { describe, expect, it } from '@jest/globals';
import { aBroker, aService, aStore } from '../../controllers/healthcareservice/fixtures/objects.ts';
import { aStack, brief, onlyThese } from '../fixtures/other-objects.ts';
import { reservedAccounts, reservedNames } from './reserved-names.ts';

describe('reservedNames', () => {
  it.each(['default', 'admin', 'config', 'local', 'guest', 'amq', 'careplane', 'careplane-operator'])(
    'refuses a service %s, and says whose the name is',
    (name) => {
      const found = reservedNames(aService(name));
      expect(brief(found)).toEqual(['refuse metadata.name']);
      expect(found[0]?.message).toMatch(
        /reserved by (Kubernetes|MongoDB|RabbitMQ|Careplane): .*another name/,
      );
    },
  );

  it("refuses the operator's own prefix to everything that has children", () => {
    for (const object of [aStore('careplane-webhook'), aBroker('careplane-x'), aStack('careplane')])
      expect(brief(reservedNames(object))).toEqual(['refuse metadata.name']);
  });

  it("refuses the API server's Service, where it is", () => {
    for (const object of [aService('kubernetes'), aStore('kubernetes'), aBroker('kubernetes')]) {
      expect(reservedNames(object)).toEqual([]);
      const there = { ...object, metadata: { ...object.metadata, namespace: 'default' } };
      expect(brief(reservedNames(there))).toEqual(['refuse metadata.name']);
    }
  });

  it.each([
    'test',
    'rabbit',
    'system',
    'prometheus',
    'replication',
    'monitoring',
    'administration',
    'careplanes',
  ])('has nothing against a service %s: nobody else has it', (name) => {
    expect(reservedNames(aService(name))).toEqual([]);
  });
});

describe('reservedAccounts', () => {
  const there = onlyThese({
    stores: [aStore('db'), aStore('cache', { engine: 'redis' })],
    brokers: [aBroker('q')],
  });

  it('refuses each edge that would need the account of an engine, by its field', () => {
    const stores = [{ store: 'cache' }, { store: 'db' }];
    expect(brief(reservedAccounts(aService('local', { stores }), there))).toEqual([
      'refuse spec.stores[1].store',
    ]);
    const events = { publishes: [{ event: 'a.b' }] };
    expect(brief(reservedAccounts(aService('guest', events), there))).toEqual(['refuse spec.publishes']);
    expect(brief(reservedAccounts(aService('careplane-operator', { ...events, stores }), there))).toEqual([
      'refuse spec.stores[0].store',
      'refuse spec.stores[1].store',
      'refuse spec.publishes',
    ]);
  });

  it('has nothing against engines that do not have the name', () => {
    const spec = { stores: [{ store: 'cache' }], consumes: [{ event: 'a.b' }] };
    expect(reservedAccounts(aService('local', spec), there)).toEqual([]);
  });
});
