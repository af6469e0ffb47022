import { describe, expect, it } from '@jest/globals';
import type { EncryptedStore } from '../../api/encryptedstore.ts';
import type { MessageBroker, MessageBrokerStatus } from '../../api/messagebroker.ts';
import { aService, aStore } from '../../controllers/healthcareservice/fixtures/objects.ts';
import { offersOf } from '../../engines/versions/offers.ts';
import { offeredVersion } from './offered-version.ts';

const OFFERS = offersOf({
  mongodbImage: 'mongo:7.0',
  mongodbVersions: { '6.0': 'mongo:6.0', '8.0': 'mongo:8.0' },
  redisImage: 'redis:8',
  redisVersions: { '7.4': 'redis:7.4' },
  rabbitmqImage: 'rabbitmq:4.0',
  rabbitmqVersions: { '3.13': 'rabbitmq:3.13', '4.2': 'rabbitmq:4.2' },
});

type Engine = EncryptedStore['spec']['engine'];

function store(engine: Engine, version?: string, running?: string, compatibility?: string): EncryptedStore {
  const base = aStore('db');
  return {
    ...base,
    spec: { ...base.spec, engine, ...(version === undefined ? {} : { version }) },
    ...(running === undefined
      ? {}
      : {
          status: {
            version: running,
            ...(compatibility === undefined ? {} : { featureCompatibilityVersion: compatibility }),
          },
        }),
  };
}

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

function messages<T extends EncryptedStore | MessageBroker>(object: T, before?: T): string[] {
  return offeredVersion(object, before, OFFERS).map(
    ({ field, effect, message }) => `${effect} ${field} ${message}`,
  );
}

describe('the version of a store', () => {
  it('is refused where the operator has no image of it, with what there is', () => {
    expect(messages(store('mongodb', '8.0'))).toEqual([]);
    expect(messages(store('mongodb'))).toEqual([]);
    expect(messages(store('mongodb', '9.0'))).toEqual([
      'refuse spec.version the operator has no mongodb 9.0: it offers 6.0, 7.0, 8.0 (chart value engines.versions.mongodb)',
    ]);
  });

  it('is refused where it cannot be reached from what runs', () => {
    const six = store('mongodb', '6.0', '6.0.27', '6.0');
    expect(messages(store('mongodb', '7.0'), six)).toEqual([]);
    expect(messages(store('mongodb', '8.0'), six)).toEqual([
      'refuse spec.version MongoDB goes one major release at a time: from 6.0 to 7.0 first',
    ]);
    const seven = store('mongodb', '7.0', '7.0.2', '7.0');
    expect(messages(store('mongodb', '6.0'), seven).join()).toContain('does not open data of');
    const redis = store('redis', undefined, '8.0.2');
    expect(messages(store('redis', '7.4'), redis).join()).toContain('does not read what 8.0 has written');
  });

  it('that stays is nobody’s business, even when it is offered no more', () => {
    const old = store('mongodb', '5.0', '5.0.1', '5.0');
    expect(messages(store('mongodb', '5.0'), old)).toEqual([]);
  });
});

describe('the version of a broker', () => {
  it('is one that the chart offers, or left to it', () => {
    expect(messages(broker())).toEqual([]);
    expect(messages(broker('4.0'))).toEqual([]);
    expect(messages(broker('4.1'))).toEqual([
      'refuse spec.version the operator has no rabbitmq 4.1: it offers 3.13, 4.0, 4.2 (chart value engines.versions.rabbitmq)',
    ]);
    expect(messages(broker('constructor'))).toHaveLength(1);
  });

  it('is refused where it cannot be reached from what runs', () => {
    const four = broker('4.0', { version: '4.0' });
    expect(messages(broker('3.13'), four).join()).toContain('does not read the data of 4.0');
    expect(messages(broker('4.2'), four).join()).toContain('by way of 4.1');
    expect(messages(broker('4.0'), broker('3.13', { version: '3.13' }))).toEqual([]);
    const pending = broker('3.13', { version: '3.13', pendingFeatureFlags: ['stream_queue'] });
    expect(messages(broker('4.0'), pending).join()).toContain('stream_queue');
  });

  it('is refused as well where it is left to a chart that has an older one', () => {
    expect(messages(broker(), broker('4.2', { version: '4.2' })).join()).toContain(
      'does not read the data of 4.2',
    );
  });

  it('keeps no other change of the object out', () => {
    const taken = broker('4.1', { version: '4.1' });
    expect(messages(taken, taken)).toEqual([]);
  });

  it('is nothing that a service has', () => {
    expect(offeredVersion(aService('a'), undefined, OFFERS)).toEqual([]);
  });
});
