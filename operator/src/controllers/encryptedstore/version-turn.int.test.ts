import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startMongod, until, type RunningMongod } from '@careplane/testing';
import type { EncryptedStore, EncryptedStoreStatus } from '../../api/encryptedstore.ts';
import { convergeReplicaSet, type ReplicaSetReport } from '../../engines/mongodb/converge.ts';
import { readMember, withMember, type MongoAccess } from '../../engines/mongodb/member.ts';
import type { RunningMember } from '../../engines/running-member.ts';
import { offersOf } from '../../engines/versions/offers.ts';
import { releaseOf, releaseText } from '../../engines/versions/version.ts';
import type { Outcome } from '../../runtime/controller.ts';
import { silentLogger } from '../../runtime/telemetry/log.ts';
import type { Observed } from './observed.ts';
import { turnVersion } from './version-turn.ts';

// Engines start slowly on a busy machine of two cores.
jest.setTimeout(120_000);

/** What one release before 6.0 wrote: the one real server opens it, and can be taken back to it. */
const FORMER = '5.0';
const IMAGE = 'mongo:6.0';

let mongod: RunningMongod;
let access: MongoAccess;
let address: string;
let member: RunningMember;

beforeAll(async () => {
  mongod = await startMongod({ tls: true, auth: true, initiate: false });
  address = `127.0.0.1:${mongod.port}`;
  access = { ca: mongod.certificates?.ca ?? '', keyfile: mongod.keyfile ?? '' };
  await until(async () => !(await converge()).isMoving, { what: 'the set to settle' });
  member = await readMember(address, access);
});
afterAll(() => mongod.stop());

function converge(): Promise<ReplicaSetReport> {
  const grace = { noted: [], wanted: [], now: Date.now(), graceMs: 0 };
  return convergeReplicaSet({ members: [address], reachable: [address], users: [], grace }, access);
}

/** One turn, when this many members are wanted and the one that there is was made from a template with this image. */
async function turn(
  members = 1,
  image = IMAGE,
  spec: object = {},
  status: object = {},
): Promise<Outcome<EncryptedStoreStatus>> {
  const { compatibility } = await converge();
  const store = { metadata: { name: 'db' }, spec: { engine: 'mongodb', ...spec }, status } as EncryptedStore;
  const labels = { 'controller-revision-hash': 'made' };
  const workload = {
    metadata: { name: 'db', generation: 1 },
    spec: { template: { spec: { containers: [{ name: 'mongod', image }] } } },
    status: { observedGeneration: 1, updateRevision: 'made' },
  };
  const observed = {
    pods: [{ metadata: { name: 'db-0', labels } }],
    workload,
    members,
    root: access.keyfile,
    certificate: { bundle: access.ca },
  } as unknown as Observed;
  const offers = offersOf({
    mongodbImage: IMAGE,
    mongodbVersions: { '7.0': 'mongo:7.0' },
    redisImage: 'redis:8',
    redisVersions: {},
    rabbitmqImage: 'rabbitmq:4.0',
    rabbitmqVersions: {},
  });
  return turnVersion(
    store,
    observed,
    { members: new Map([['db-0', member]]), compatibility, primary: address },
    { signal: new AbortController().signal, log: silentLogger, offers },
  );
}

describe('featureCompatibilityVersion of a real mongod', () => {
  it('is raised to the release of its members once all of them run it, and only then the version is current', async () => {
    const release = releaseText(releaseOf(member.version) ?? { major: 0 });
    await withMember(address, access, (client) =>
      client.db('admin').command({ setFeatureCompatibilityVersion: FORMER }),
    );
    // A member is missing, or another image is on its way.
    for (const early of [await turn(2), await turn(1, 'mongo:5.0')]) {
      expect(early.conditions).toMatchObject([{ status: 'False', reason: 'Upgrading' }]);
      expect((await converge()).compatibility).toBe(FORMER);
    }
    expect((await turn()).conditions).toMatchObject([{ status: 'False', reason: 'Upgrading' }]);
    expect((await converge()).compatibility).toBe(release);
    expect(await turn()).toMatchObject({
      status: { version: member.version },
      conditions: [{ status: 'True', reason: 'Current' }],
    });
  });

  it('is raised for an upgrade that waits for it, and not for a way back', async () => {
    const lower = (): Promise<unknown> =>
      withMember(address, access, (client) =>
        client.db('admin').command({ setFeatureCompatibilityVersion: FORMER }),
      );
    await lower();
    const status = { version: member.version, featureCompatibilityVersion: FORMER };
    await turn(1, IMAGE, { version: '4.4' }, status);
    expect((await converge()).compatibility).toBe(FORMER);
    await turn(1, IMAGE, { version: '7.0' }, status);
    expect((await converge()).compatibility).not.toBe(FORMER);
  });
});
