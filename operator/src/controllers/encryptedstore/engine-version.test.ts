import { describe, expect, it } from '@jest/globals';
import type { EncryptedStore } from '../../api/encryptedstore.ts';
import { offersOf } from '../../engines/versions/offers.ts';
import type { EnginePod } from '../../k8s/pods.ts';
import type { StatefulSet } from '../../k8s/types.ts';
import {
  chooseImage,
  isRolledOut,
  judgeVersion,
  nextCompatibility,
  type ToldVersions,
} from './engine-version.ts';

const OFFERS = offersOf({
  mongodbImage: 'mongo:6.0',
  mongodbVersions: { '7.0': 'mongo:7.0', '8.0': 'mongo:8.0' },
  redisImage: 'redis:8.0',
  redisVersions: {},
  rabbitmqImage: 'rabbitmq:4.0',
  rabbitmqVersions: {},
});

function store(version: string | undefined, status: EncryptedStore['status'] = {}): EncryptedStore {
  const spec = { engine: 'mongodb', ...(version === undefined ? {} : { version }) };
  return { metadata: { name: 'db', namespace: 'clinic' }, spec, status } as EncryptedStore;
}

function workload(image: string): StatefulSet {
  const template = { spec: { containers: [{ name: 'mongod', image }] } };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: { template },
  };
}

function pod(image: string, isReady = true): EnginePod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'db-0' },
    spec: { containers: [{ name: 'mongod', image }] },
    status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
  };
}

describe('the image of the members', () => {
  const choose = (
    version: string | undefined,
    status: EncryptedStore['status'],
    present = 'mongo:6.0',
    pods = [pod(present)],
  ): string => {
    const { image, isHeld, condition } = chooseImage(
      store(version, status),
      { workload: workload(present), pods },
      OFFERS,
    );
    return `${String(image)} ${isHeld ? condition.reason : 'taken'}`;
  };
  const six = { version: '6.0.27', featureCompatibilityVersion: '6.0' };

  it('is that of the version, or the default', () => {
    expect(choose(undefined, six)).toBe('mongo:6.0 taken');
    expect(choose('7.0', six)).toBe('mongo:7.0 taken');
    expect(chooseImage(store('8.0'), { workload: undefined, pods: [] }, OFFERS).image).toBe('mongo:8.0');
  });

  it('stays as it is where the step is refused or the version is not there', () => {
    expect(choose('8.0', six)).toBe('mongo:6.0 UpgradeRefused');
    expect(choose(undefined, { version: '7.0.1', featureCompatibilityVersion: '7.0' }, 'mongo:7.0')).toBe(
      'mongo:7.0 DowngradeRefused',
    );
    expect(choose('5.0', six)).toBe('mongo:6.0 VersionNotOffered');
    expect(chooseImage(store('5.0'), { workload: undefined, pods: [] }, OFFERS).image).toBeUndefined();
  });

  it('goes back while the data still has the former format, also from one that does not start', () => {
    expect(choose(undefined, six, 'mongo:7.0', [pod('mongo:7.0', false)])).toBe('mongo:6.0 taken');
  });

  it('waits until members that are up have said what they run', () => {
    expect(choose('7.0', {})).toBe('mongo:6.0 NotAsked');
    expect(choose('7.0', {}, 'mongo:6.0', [pod('mongo:6.0', false)])).toBe('mongo:7.0 taken');
  });
});

describe('the condition VersionCurrent', () => {
  const told = (changes: Partial<ToldVersions>): ToldVersions => ({
    versions: new Map([
      ['db-0', '7.0.2'],
      ['db-1', '7.0.2'],
    ]),
    members: 2,
    wanted: '7.0',
    isRolledOut: true,
    compatibility: '7.0',
    ...changes,
  });
  const judge = (changes: Partial<ToldVersions>): string => {
    const { status, reason, message } = judgeVersion(told(changes)) ?? {
      status: '',
      reason: '',
      message: '',
    };
    return `${status} ${reason} ${message}`;
  };

  it('is True when every member runs the version and the data has its format', () => {
    expect(judge({})).toBe('True Current 2 of 2 members run 7.0.2 with featureCompatibilityVersion 7.0');
    expect(judge({ compatibility: undefined })).toBe('True Current 2 of 2 members run 7.0.2');
    expect(judge({ members: 3 })).toContain('; 1 could not be asked');
    expect(judgeVersion(told({ versions: new Map() }))).toBeUndefined();
  });

  it('is not, while members run another version or the format is the former one', () => {
    expect(judge({ wanted: '8.0', isRolledOut: false })).toMatch(
      'False Upgrading db-0, db-1 run another version than 8.0; the oldest is 7.0.2',
    );
    expect(judge({ wanted: '7' })).toMatch('True Current');
    expect(judge({ wanted: undefined })).toMatch('True Current');
    expect(judge({ compatibility: '6.0' })).toMatch(
      'False Upgrading members run 7.0.2 with featureCompatibilityVersion 6.0',
    );
  });

  it('takes the word of the members when every pod has the image, whatever its tag says', () => {
    expect(judge({ wanted: '8', compatibility: '6.0' })).toBe(
      'True Current 2 of 2 members run 7.0.2 with featureCompatibilityVersion 6.0; the image that stands for 8 holds no such version',
    );
  });

  it('does not depend on restarts that are for something else', () => {
    expect(judge({ isRolledOut: false })).toMatch('True Current');
  });

  it('comes after featureCompatibilityVersion was raised, which waits for all members and for no way back', () => {
    expect(nextCompatibility(told({ compatibility: '6.0' }))).toBe('7.0');
    expect(nextCompatibility(told({ compatibility: '6.0', wanted: undefined }))).toBe('7.0');
    expect(nextCompatibility(told({ compatibility: '6.0', members: 3 }))).toBeUndefined();
    expect(nextCompatibility(told({ compatibility: '6.0', isRolledOut: false }))).toBeUndefined();
    expect(nextCompatibility(told({ compatibility: '6.0', wanted: '6.0' }))).toBeUndefined();
    expect(nextCompatibility(told({}))).toBeUndefined();
  });

  it('knows a roll-out that is over by the revision of the pods, whatever image a registry gave them', () => {
    const set = { ...workload('mongo:7.0'), status: { observedGeneration: 2, updateRevision: 'new' } };
    const made = (generation: number, ...revisions: string[]): boolean => {
      const pods = revisions.map((revision) => ({
        ...pod('mirror/mongo:7.0'),
        metadata: { name: 'db-0', labels: { 'controller-revision-hash': revision } },
      }));
      const live = { ...set, metadata: { name: 'db', generation } };
      return isRolledOut(store('7.0'), { workload: live, pods }, 'mongo:7.0');
    };
    expect(made(2, 'new', 'new')).toBe(true);
    expect(made(2, 'new', 'old')).toBe(false);
    expect(made(3, 'new', 'new')).toBe(false);
    expect(isRolledOut(store('7.0'), { workload: set, pods: [] }, 'mongo:6.0')).toBe(false);
    expect(isRolledOut(store('7.0'), { workload: undefined, pods: [] }, 'mongo:7.0')).toBe(false);
  });
});
