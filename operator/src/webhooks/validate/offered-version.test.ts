import { describe, expect, it } from '@jest/globals';
import type { EncryptedStore } from '../../api/encryptedstore.ts';
import { aService, aStore } from '../../controllers/healthcareservice/fixtures/objects.ts';
import { offersOf } from '../../engines/versions/offers.ts';
import { offeredVersion } from './offered-version.ts';

const OFFERS = offersOf({
  mongodbImage: 'mongo:7.0',
  mongodbVersions: { '6.0': 'mongo:6.0', '8.0': 'mongo:8.0' },
  redisImage: 'redis:8',
  redisVersions: { '7.4': 'redis:7.4' },
  rabbitmqImage: 'rabbitmq:4.0',
  rabbitmqVersions: {},
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

function messages(object: EncryptedStore, before?: EncryptedStore): string[] {
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

  it('is one of stores alone', () => {
    expect(offeredVersion(aService('a'), undefined, OFFERS)).toEqual([]);
  });
});
