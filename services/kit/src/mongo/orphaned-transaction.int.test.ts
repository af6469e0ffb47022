import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMongod, until } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { MongoClient } from 'mongodb';

/** A process that writes within a transaction, says so, and then neither commits nor ends. */
const HOLDER = `
  import { MongoClient } from 'mongodb';
  const client = new MongoClient(process.env.MONGODB_URI);
  const session = client.startSession();
  session.startTransaction();
  await client.db('clinic').collection('visits').updateOne({ _id: 'one' }, { $set: { by: 'the dead' } }, { session });
  process.stdout.write('locked');
  setInterval(() => {}, 60_000);
`;

describe('a transaction whose process was killed', () => {
  let mongod: RunningMongod;
  let client: MongoClient;

  beforeAll(async () => {
    mongod = await startMongod();
    client = new MongoClient(mongod.uri);
  });
  afterAll(async () => {
    await client.close();
    await mongod.stop();
  });

  it('holds what it has locked for half a minute at most', async () => {
    const visits = client.db('clinic').collection<{ _id: string; by: string }>('visits');
    await visits.insertOne({ _id: 'one', by: 'nobody' });
    const child = spawn(process.execPath, ['--input-type=module', '--eval', HOLDER], {
      cwd: import.meta.dirname,
      env: { PATH: process.env['PATH'], MONGODB_URI: mongod.uri },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const write = async (): Promise<boolean> => {
      const update = { $set: { by: 'the living' } };
      const done = await visits.updateOne({ _id: 'one' }, update, { maxTimeMS: 500 }).catch(() => undefined);
      return done?.modifiedCount === 1;
    };
    expect(await write()).toBe(false);
    await until(write, { what: 'the document to be free', deadlineMs: 40_000 });
    expect(await visits.findOne({ _id: 'one' })).toMatchObject({ by: 'the living' });
  }, 60_000);
});
