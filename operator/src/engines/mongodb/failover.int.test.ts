import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startWriteLoad, until, type RunningMongod } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import { startMemberSet, type MemberSet } from './fixtures/member-set.ts';
import { withMember } from './member.ts';
import { READY_PROGRAM } from './ready-probe.ts';
import { ELECTION_SETTINGS } from './replica-set.ts';

// Three engines on a busy machine of two cores.
jest.setTimeout(240_000);

const BOOKINGS = { service: 'bookings', password: 'bookings-password' };
let set: MemberSet;
let client: MongoClient | undefined;

beforeAll(async () => {
  set = await startMemberSet([BOOKINGS]);
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
    ca: set.access.ca,
    auth: { username: BOOKINGS.service, password: BOOKINGS.password },
    authSource: BOOKINGS.service,
    serverSelectionTimeoutMS: 5_000,
  });
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
    const { view } = await set.settled();
    expect(view?.config.settings).toMatchObject(ELECTION_SETTINGS);
    for (const member of set.members) expect(await probe(member)).toBe(0);
  });

  it('goes on with writes soon after kill -9 of its primary, and loses nothing that it acknowledged', async () => {
    const ended = new AbortController();
    try {
      client = connect();
      const load = await startWriteLoad(client, { database: 'bookings', writers: 4, signal: ended.signal });
      await until(() => Promise.resolve(load.acknowledged() > 20), { what: 'writes' });
      const primary = set.memberAt((await set.settled()).view?.primary);
      load.longestGap();
      const before = load.acknowledged();
      await primary.kill();
      await until(() => Promise.resolve(load.acknowledged() > before + 20), { what: 'writes to go on' });
      // 10 s with the server's own settings; the benchmark has the figures of a quiet machine.
      expect(load.longestGap()).toBeLessThan(9_000);
      await primary.restart();
      await set.settled();
      expect(await load.stop()).toEqual([]);
    } finally {
      ended.abort();
    }
  });

  it('hands over when the primary is told to end, without waiting for an election', async () => {
    const before = (await set.settled()).view?.primary;
    await set.memberAt(before).signal('SIGTERM');
    const others = set.addresses.filter((address) => address !== before);
    const { view } = await until(
      async () => {
        const report = await set.converge(set.addresses, others);
        return report.view?.primary !== undefined && report.view.primary !== before && report;
      },
      { what: 'another primary' },
    );
    const status = await withMember(view?.primary ?? '', set.access, (member) =>
      member.db('admin').command({ serverStatus: 1 }),
    );
    expect(status['electionMetrics']).toMatchObject({ stepUpCmd: { successful: expect.any(Number) } });
    const { stepUpCmd } = status['electionMetrics'] as { stepUpCmd: { successful: number } };
    expect(stepUpCmd.successful).toBeGreaterThan(0);
    await set.memberAt(before).kill();
    await set.memberAt(before).restart();
    await set.settled();
  });

  it('is judged by its own state while one member hangs, and names it', async () => {
    const { view } = await set.settled();
    const hanging = set.addresses.find((address) => address !== view?.primary) ?? '';
    const reachable = [hanging, ...set.addresses.filter((address) => address !== hanging)];
    await set.memberAt(hanging).signal('SIGSTOP');
    try {
      expect(await probe(set.memberAt(hanging))).not.toBe(0);
      const report = await until(
        async () => {
          const found = await set.converge(set.addresses, reachable);
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
      await set.memberAt(hanging).signal('SIGCONT');
    }
    await set.settled();
  });
});
