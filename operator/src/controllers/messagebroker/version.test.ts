import { describe, expect, it } from '@jest/globals';
import type { MessageBroker, MessageBrokerStatus } from '../../api/messagebroker.ts';
import { offersOf } from '../../engines/versions/offers.ts';
import type { StatefulSet } from '../../k8s/types.ts';
import { chosenImage, knownVersion, type ChosenImage } from './version.ts';

const OFFERS = offersOf({
  mongodbImage: 'mongo:8.0',
  mongodbVersions: {},
  redisImage: 'redis:8.0',
  redisVersions: {},
  rabbitmqImage: 'rabbitmq:4',
  rabbitmqVersions: { '3.13': 'rabbitmq:3.13', '4.0': 'rabbitmq:4.0', '4.1': 'rabbitmq:4.1' },
});

function broker(version?: string, status?: MessageBrokerStatus): MessageBroker {
  return {
    apiVersion: 'careplane.dev/v1alpha1',
    kind: 'MessageBroker',
    metadata: { name: 'broker', namespace: 'clinic' },
    spec: {
      nodes: 1,
      storage: { size: '1Gi' },
      deletionPolicy: 'Retain',
      ...(version === undefined ? {} : { version }),
    },
    ...(status === undefined ? {} : { status }),
  };
}

function choose(version?: string, status?: MessageBrokerStatus, present?: string): ChosenImage {
  const containers = [{ name: 'rabbitmq', image: present ?? '' }];
  const workload = { metadata: {}, spec: { template: { spec: { containers } } } } as StatefulSet;
  return chosenImage(
    broker(version, status),
    { workload: present === undefined ? undefined : workload, pods: [] },
    OFFERS,
  );
}

describe('the image of a broker', () => {
  it('is the chart’s without a version, and that of the version with one', () => {
    expect(choose()).toMatchObject({
      image: 'rabbitmq:4',
      condition: { status: 'Unknown', reason: 'NotAsked' },
    });
    expect(choose('4.0')).toMatchObject({ image: 'rabbitmq:4.0', condition: { reason: 'NotAsked' } });
    expect(choose('4.0', { version: '4.0' }, 'rabbitmq:4.0')).toMatchObject({
      image: 'rabbitmq:4.0',
      condition: { status: 'True', reason: 'Current' },
    });
    expect(choose(undefined, { version: '4.0' })).toMatchObject({
      image: 'rabbitmq:4',
      condition: { status: 'True', reason: 'Current' },
    });
    expect(choose('4.1', { version: '4.0' }, 'rabbitmq:4.0')).toMatchObject({
      image: 'rabbitmq:4.1',
      condition: { status: 'False', reason: 'Upgrading', informs: true },
    });
  });

  it.each([
    ['DowngradeRefused', '3.13', {}],
    ['UpgradeRefused', '4.1', { version: '3.12' }],
    ['UpgradeRefused', undefined, { version: '3.12' }],
    ['FlagsPending', '4.1', { pendingFeatureFlags: ['rabbitmq_4.0.0'] }],
    ['VersionNotOffered', '4.2', {}],
  ])('stays as it is for %s', (reason, version, status) => {
    expect(choose(version, { version: '4.0', ...status }, 'present:1')).toMatchObject({
      image: 'present:1',
      condition: { status: 'False', reason },
    });
  });

  it('takes the word of the nodes when every pod has the image, whatever its tag says', () => {
    expect(choose('4.1', { version: '4.0' }, 'rabbitmq:4.1').condition).toMatchObject({
      status: 'True',
      message: 'every node runs 4.0; the image that stands for 4.1 holds no such version',
    });
  });

  it('of a new broker does not exist when its version is not offered, and those that are offered are listed', () => {
    const { image, condition } = choose('4.2');
    expect(image).toBeUndefined();
    expect(condition.message).toContain('3.13, 4, 4.0, 4.1');
  });

  it('goes by what was known while nobody can be asked', () => {
    const status = { version: '4.0', pendingFeatureFlags: ['a'] };
    expect(knownVersion(broker('4.0', status))).toEqual(status);
    expect(knownVersion(broker('4.0'))).toEqual({});
  });
});
