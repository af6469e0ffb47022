import { describe, expect, it } from '@jest/globals';
import { aBroker, aService, aStore } from '../../controllers/healthcareservice/fixtures/objects.ts';
import { aStack, onlyThese } from '../fixtures/other-objects.ts';
import { takenNames } from './taken-names.ts';

describe('takenNames', () => {
  it.each([
    ['a service named like a store', aService('db'), { stores: [aStore('db')] }, 'Service db'],
    ['a store named like a service', aStore('db'), { services: [aService('db')] }, 'Service db'],
    ['a store named like a broker', aStore('q'), { brokers: [aBroker('q')] }, 'Service q'],
    [
      'a service named like the nodes of a broker',
      aService('q-nodes'),
      { brokers: [aBroker('q')] },
      'Service q-nodes',
    ],
    [
      'a broker named like the nodes of another',
      aBroker('q-nodes'),
      { brokers: [aBroker('q')] },
      'Service q-nodes',
    ],
    [
      'a service named like a part of a stack',
      aService('monitoring-prometheus'),
      { stacks: [aStack('monitoring')] },
      'Service monitoring-prometheus',
    ],
    [
      'a stack whose part is named like a service',
      aStack('monitoring'),
      { services: [aService('monitoring-grafana')] },
      'Service monitoring-grafana',
    ],
  ])('refuses %s', (_, object, there, child) => {
    const found = takenNames(object, onlyThese(there));
    expect(found).toMatchObject([{ effect: 'refuse', field: 'metadata.name' }]);
    expect(found[0]?.message).toContain(child);
  });

  it('names who stands in the way, so that it can be looked at again', () => {
    const [found] = takenNames(aService('db'), onlyThese({ stores: [aStore('db')] }));
    expect(found?.rival).toMatchObject({
      type: { kind: 'EncryptedStore' },
      key: { namespace: 'clinic', name: 'db' },
    });
  });

  it('has nothing against names that only look alike', () => {
    const there = onlyThese({
      services: [aService('a'), aService('a-b')],
      stores: [aStore('a-db')],
      brokers: [aBroker('a-q')],
      stacks: [aStack('a-monitoring')],
    });
    for (const object of [aService('b'), aStore('a-db-2'), aBroker('nodes'), aStack('prometheus')])
      expect(takenNames(object, there)).toEqual([]);
  });
});
