import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  startMembers,
  startWriteLoad,
  until,
  type RunningMembers,
  type RunningMongod,
} from '@careplane/testing';
import { MongoClient } from 'mongodb';
import { convergeReplicaSet, type ReplicaSetReport } from './converge.ts';
import { withMember, type MongoAccess } from './member.ts';
import { READY_PROGRAM } from './ready-probe.ts';
import { ELECTION_SETTINGS } from './replica-set.ts';

// Three engines on a busy machine of two cores.
jest.setTimeout(240_000);

const BOOKINGS = { service: 'bookings', password: 'bookings-password' };
let set: RunningMembers;
let access: MongoAccess;
let client: MongoClient | undefined;

beforeAll(async () => {
  set = await startMembers(3);
  const [first] = set.members;
  access = { ca: first?.certificates?.ca ?? '', keyfile: first?.keyfile ?? '' };
}, 120_000);
afterAll(async () => {
  await client?.close();
  await set.stop();
});

/** A client as a service has one. Members that were never part of a set are none yet. */
function connect(): MongoClient {
  return new MongoClient(`mongodb://${set.addresses.join(',')}/bookings`, {
    replicaSet: 'rs0',
    tls: true,
    ca: access.ca,
    auth: { username: BOOKINGS.service, password: BOOKINGS.password },
    authSource: BOOKINGS.service,
    serverSelectionTimeoutMS: 5_000,
  });
}

function converge(members = set.addresses, reachable = set.addresses): Promise<ReplicaSetReport> {
  const grace = { noted: [], wanted: [], now: Date.now(), graceMs: 0 };
  return convergeReplicaSet({ members, reachable, users: [BOOKINGS], grace }, access);
}

/** The report of the round in which all these members are up and nothing is left to do. */
function settled(members = set.addresses): Promise<ReplicaSetReport> {
  return until(
    async () => {
      const report = await converge(members);
      return !report.isMoving && report.view?.healthy.length === members.length && report;
    },
    { what: `${members.length} members to be up`, deadlineMs: 120_000, everyMs: 250 },
  );
}

function memberAt(address: string | undefined): RunningMongod {
  const found = set.members[set.addresses.indexOf(address ?? '')];
  if (found === undefined) throw new Error(`no member ${String(address)}`);
  return found;
}

/** Exit code of the readiness probe at this member. */
async function probe(member: RunningMongod): Promise<number> {
  const script = join(member.tlsFolder ?? '', 'ready.pl');
  await writeFile(script, READY_PROGRAM);
  return promisify(execFile)('perl', [script, String(member.port)]).then(
    () => 0,
    (error: unknown) => (error as { code?: number | null }).code ?? -1,
  );
}

describe('a replica set of three', () => {
  it('is not ready before it is initiated, and then each member is', async () => {
    for (const member of set.members) expect(await probe(member)).toBe(1);
    const { view } = await settled();
    expect(view?.config.settings).toMatchObject(ELECTION_SETTINGS);
    for (const member of set.members) expect(await probe(member)).toBe(0);
  });

  it('goes on with writes soon after kill -9 of its primary, and loses nothing that it acknowledged', async () => {
    const ended = new AbortController();
    try {
      client = connect();
      const load = await startWriteLoad(client, { database: 'bookings', writers: 4, signal: ended.signal });
      await until(() => Promise.resolve(load.acknowledged() > 20), { what: 'writes' });
      const primary = memberAt((await settled()).view?.primary);
      load.longestGap();
      const before = load.acknowledged();
      await primary.kill();
      await until(() => Promise.resolve(load.acknowledged() > before + 20), { what: 'writes to go on' });
      // 10 s with the server's own settings; the benchmark has the figures of a quiet machine.
      expect(load.longestGap()).toBeLessThan(9_000);
      await primary.restart();
      await settled();
      expect(await load.stop()).toEqual([]);
    } finally {
      ended.abort();
    }
  });

  it('hands over when the primary is told to end, without waiting for an election', async () => {
    const before = (await settled()).view?.primary;
    await memberAt(before).signal('SIGTERM');
    const others = set.addresses.filter((address) => address !== before);
    const { view } = await until(
      async () => {
        const report = await converge(set.addresses, others);
        return report.view?.primary !== undefined && report.view.primary !== before && report;
      },
      { what: 'another primary' },
    );
    const status = await withMember(view?.primary ?? '', access, (member) =>
      member.db('admin').command({ serverStatus: 1 }),
    );
    expect(status['electionMetrics']).toMatchObject({ stepUpCmd: { successful: expect.any(Number) } });
    const { stepUpCmd } = status['electionMetrics'] as { stepUpCmd: { successful: number } };
    expect(stepUpCmd.successful).toBeGreaterThan(0);
    await memberAt(before).kill();
    await memberAt(before).restart();
    await settled();
  });

  it('is judged by its own state while one member hangs, and names it', async () => {
    const { view } = await settled();
    const hanging = set.addresses.find((address) => address !== view?.primary) ?? '';
    const reachable = [hanging, ...set.addresses.filter((address) => address !== hanging)];
    await memberAt(hanging).signal('SIGSTOP');
    try {
      expect(await probe(memberAt(hanging))).not.toBe(0);
      const report = await until(
        async () => {
          const found = await converge(set.addresses, reachable);
          return (found.view?.sick.length ?? 0) > 0 && found;
        },
        { what: 'the set to miss the member', deadlineMs: 60_000 },
      );
      expect(report).toMatchObject({ isMoving: false, userChanges: 0, behind: { hosts: [] } });
      expect(report.view).toMatchObject({
        primary: view?.primary,
        sick: [{ host: hanging, state: '(not reachable/healthy)' }],
      });
    } finally {
      await memberAt(hanging).signal('SIGCONT');
    }
    await settled();
  });
});
