import { describe, expect, it } from '@jest/globals';
import type { MessageBroker, MessageBrokerStatus } from '../../api/messagebroker.ts';
import { offeredBrokerVersion } from './offered-broker-version.ts';

const OFFERED = { '3.13': 'rabbitmq:3.13', '4.0': 'rabbitmq:4.0', '4.2': 'rabbitmq:4.2' };

function broker(version?: string, status?: MessageBrokerStatus): MessageBroker {
  const spec = { nodes: 1, storage: { size: '1Gi' }, deletionPolicy: 'Retain' } as const;
  return {
    apiVersion: 'careplane.dev/v1alpha1',
    kind: 'MessageBroker',
    metadata: { name: 'broker', namespace: 'clinic' },
    spec: { ...spec, ...(version === undefined ? {} : { version }) },
    ...(status === undefined ? {} : { status }),
  };
}

const refused = (object: MessageBroker, before?: MessageBroker): string[] =>
  offeredBrokerVersion(object, before, OFFERED).map(({ field, message }) => `${field}: ${message}`);

describe('the version of a broker', () => {
  it('is one that the chart offers, or left to it', () => {
    expect(refused(broker())).toEqual([]);
    expect(refused(broker('4.0'))).toEqual([]);
    expect(refused(broker('4.1'))).toEqual([
      'spec.version: version 4.1 is not offered; the chart offers 3.13, 4.0, 4.2',
    ]);
    expect(offeredBrokerVersion(broker('4.0'), undefined, {})).toHaveLength(1);
  });

  it('is refused with the reason when there is no way to it', () => {
    expect(refused(broker('3.13', { version: '4.0' }), broker())).toEqual([
      expect.stringContaining('it runs 4.0'),
    ]);
    expect(refused(broker('4.2', { version: '4.0' }), broker('4.0'))).toEqual([
      expect.stringContaining('by way of 4.1'),
    ]);
    expect(refused(broker('4.0', { version: '3.13' }), broker('3.13'))).toEqual([]);
  });

  it('keeps no other change of the object out', () => {
    const taken = broker('4.1', { version: '4.1' });
    expect(refused(taken, taken)).toEqual([]);
  });
});
