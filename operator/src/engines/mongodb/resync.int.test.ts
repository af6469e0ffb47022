import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { engineRootfs, runInEngine, until, type RunningMongod } from '@careplane/testing';
import type { ReplicaSetReport } from './converge.ts';
import { startMemberSet, type MemberSet } from './fixtures/member-set.ts';
import { withMember } from './member.ts';
import { resyncContainer, resyncFile, RESYNC_FILE } from './resync.ts';

// Three engines on a busy machine of two cores.
jest.setTimeout(240_000);

const OPLOG_MB = 8;
const MARK = '.careplane-pod';
let set: MemberSet;
let rootfs: string;

beforeAll(async () => {
  rootfs = await engineRootfs('mongodb');
  set = await startMemberSet([], { oplogSizeMB: OPLOG_MB });
}, 120_000);
afterAll(() => set.stop());

function left(hosts: readonly string[], reachable = set.addresses): Promise<ReplicaSetReport> {
  return until(
    async () => {
      const report = await set.converge(set.addresses, reachable);
      return hosts.every((host) => report.behind.hosts.includes(host)) && report;
    },
    { what: `${hosts.join(', ')} to be found too far behind`, deadlineMs: 120_000, everyMs: 250 },
  );
}

/** Writes until nobody of these has a write from before now in its oplog. */
async function outrun(primary: string, ...others: string[]): Promise<void> {
  const start = new Date();
  const filler = Buffer.alloc(1_000_000);
  await withMember(primary, set.access, async (client) => {
    const documents = client.db('clinic').collection('filler');
    await until(
      async () => {
        for (let index = 0; index < OPLOG_MB; index++) await documents.insertOne({ filler });
        const oldest = await Promise.all([primary, ...others].map(oldestWrite));
        return oldest.every((wall) => wall > start);
      },
      { what: 'the oplogs to forget', deadlineMs: 90_000, everyMs: 250 },
    );
  });
}

function oldestWrite(host: string): Promise<Date> {
  return withMember(host, set.access, async (client) => {
    const oplog = client.db('local').collection<{ wall: Date }>('oplog.rs');
    const entry = await oplog.findOne({}, { sort: { $natural: 1 }, projection: { wall: 1 } });
    return entry?.wall ?? new Date(0);
  });
}

/** Until then a member that is killed begins with nothing. */
async function flushed(host: string): Promise<void> {
  await until(
    () =>
      withMember(host, set.access, async (client) => {
        const { lastStableRecoveryTimestamp } = await client.db('admin').command({ replSetGetStatus: 1 });
        return (lastStableRecoveryTimestamp as { t: number } | undefined)?.t !== 0;
      }),
    { what: 'the data to be on the disk', deadlineMs: 90_000, everyMs: 250 },
  );
}

function folderOf(member: RunningMongod): string {
  return member.tlsFolder ?? '';
}

async function mark(member: RunningMongod, uid: string): Promise<void> {
  await writeFile(join(folderOf(member), 'data', MARK), uid);
}

/** Files of a member's data, with the mark. */
async function filesOf(member: RunningMongod): Promise<string[]> {
  return (await readdir(join(folderOf(member), 'data'))).sort();
}

interface Start {
  name: string;
  uid: string;
  note: string;
}

/** What the init container of a pod does at its start. */
async function startPod(member: RunningMongod, { name, uid, note }: Start): Promise<void> {
  const folder = join(folderOf(member), 'config');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, RESYNC_FILE), note);
  const { command } = resyncContainer('/tmp/data', '/tmp/config', { image: 'x', imagePullPolicy: 'Never' });
  const env = { POD_NAME: name, POD_UID: uid, DATA_DIRECTORY: '/tmp/data' };
  const { code, output } = await runInEngine({ rootfs, scratch: folderOf(member), command, env });
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
}

function noteOf(member: string, pod: string, since = Date.now()): string {
  return resyncFile([{ member, pod, since: new Date(since).toISOString() }]);
}

/** The third member hangs: the primary stays, by the vote of the late one, and nobody's data may be removed. */
async function withoutMajority(primary: string, late: string): Promise<void> {
  const third = set.addresses.find((address) => address !== primary && address !== late);
  await set.memberAt(third).signal('SIGSTOP');
  try {
    const { view, behind } = await until(
      async () => {
        const report = await set.converge(set.addresses, [primary]);
        return !report.behind.isMajorityCurrent && report;
      },
      { what: 'the majority to be missed', deadlineMs: 60_000, everyMs: 250 },
    );
    expect({ primary: view?.primary, hosts: behind.hosts }).toEqual({ primary, hosts: [late] });
  } finally {
    await set.memberAt(third).signal('SIGCONT');
  }
  await until(async () => (await set.converge()).behind.isMajorityCurrent, {
    what: 'the majority to be back',
  });
}

describe('a member that is too far behind ever to catch up', () => {
  it('is found while the others have all the data, has its own removed by the next pod once, and copies it anew', async () => {
    const { view } = await set.settled();
    const primary = view?.primary ?? '';
    const late = set.addresses.find((address) => address !== primary) ?? '';
    const member = set.memberAt(late);
    await mark(member, 'found');
    await flushed(late);
    await member.kill();
    await outrun(primary, ...set.addresses.filter((address) => address !== primary && address !== late));
    await member.restart();
    const report = await left([late]);
    expect(report.behind).toEqual({ hosts: [late], isMajorityCurrent: true });
    expect(report.view?.sick).toEqual([{ host: late, state: 'RECOVERING' }]);
    await withoutMajority(primary, late);

    await member.kill();
    const before = await filesOf(member);
    expect(before).toContain('WiredTiger');
    const note = noteOf('db-1', 'found');
    // Another member's pod, the pod itself, one that another pod came before, and a decision of yesterday.
    await startPod(member, { name: 'db-2', uid: 'next', note });
    await startPod(member, { name: 'db-1', uid: 'found', note });
    await startPod(member, { name: 'db-1', uid: 'next', note: noteOf('db-1', 'another') });
    await startPod(member, {
      name: 'db-1',
      uid: 'next',
      note: noteOf('db-1', 'found', Date.now() - 86_400_000),
    });
    await startPod(member, { name: 'db-1', uid: 'next', note: '' });
    expect(await filesOf(member)).toEqual(before);
    await startPod(member, { name: 'db-1', uid: 'next', note });
    expect(await filesOf(member)).toEqual([MARK]);
    expect(await readFile(join(folderOf(member), 'data', MARK), 'utf8')).toBe('found');

    await mark(member, 'next');
    await member.restart();
    expect((await set.settled()).behind.hosts).toEqual([]);
    const copied = await withMember(late, set.access, (client) =>
      client.db('clinic').collection('filler').countDocuments({}, { readPreference: 'secondary' }),
    );
    expect(copied).toBeGreaterThanOrEqual(OPLOG_MB);
    // The note may still be there at every later start.
    await member.kill();
    const synced = await filesOf(member);
    await startPod(member, { name: 'db-1', uid: 'third', note });
    expect(await filesOf(member)).toEqual(synced);
    await member.restart();
    await set.settled();
  });

  it('is not let in with its old data after 3 -> 1 -> 3, so that it costs the set no majority', async () => {
    const [staying = '', ...others] = set.addresses;
    const [away = ''] = others;
    await set.settled([staying]);
    // A member that was removed goes on copying for as long as it runs.
    for (const address of others) await set.memberAt(address).kill();
    await outrun(staying);
    for (const address of others) await set.memberAt(address).restart();
    const { behind, view, note } = await left([away]);
    expect(behind).toEqual({ hosts: [away], isMajorityCurrent: true });
    expect(view?.config.members).toHaveLength(1);
    expect(note).toContain('its data is removed before it comes in');
    await withMember(staying, set.access, (client) =>
      client
        .db('clinic')
        .collection('filler')
        .insertOne({ isWritten: true }, { writeConcern: { w: 'majority', wtimeoutMS: 5_000 } }),
    );
    for (const address of others) {
      await left([address]);
      await set.memberAt(address).replace();
      await until(async () => (await set.converge()).view?.healthy.includes(address), {
        what: `${address} to copy everything`,
        deadlineMs: 90_000,
        everyMs: 250,
      });
    }
    await set.settled();
  });
});
