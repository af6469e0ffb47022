import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startMongod } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { MongoClient, MongoNetworkError } from 'mongodb';
import type { ClientSession } from 'mongodb';
import { Unavailable } from '../http/errors.ts';
import type { Mongo } from './mongo.ts';
import { withTransaction } from './transaction.ts';

/** What the driver says when the answer to a commit is lost. */
function lostAnswer(): MongoNetworkError {
  const error = new MongoNetworkError('connection closed');
  error.addErrorLabel('UnknownTransactionCommitResult');
  return error;
}

describe('a transaction whose commit is not answered', () => {
  let mongod: RunningMongod;
  let client: MongoClient;
  let losses = 0;
  const mongo = { startSession } as unknown as Mongo;

  beforeAll(async () => {
    mongod = await startMongod();
    client = new MongoClient(mongod.uri);
    await client.db('clinic').createCollection('visits');
  });
  beforeEach(() => client.db('clinic').collection('visits').deleteMany({}));
  afterAll(async () => {
    await client.close();
    await mongod.stop();
  });

  /** The commit takes effect, and its answer is lost as often as is said. */
  function startSession(): ClientSession {
    const session = client.startSession();
    const commit = session.commitTransaction.bind(session);
    return Object.assign(session, {
      commitTransaction: async (): Promise<void> => {
        await commit();
        losses -= 1;
        if (losses >= 0) throw lostAnswer();
      },
    });
  }
  const visits = (): Promise<number> => client.db('clinic').collection('visits').countDocuments();

  /** @returns how often it ran, and what was told of the commit */
  async function insert(deadlineMs: number): Promise<string[]> {
    const told: string[] = [];
    await withTransaction(
      mongo,
      async (tx) => {
        told.push('ran');
        tx.afterCommit(() => told.push('committed'));
        await client.db('clinic').collection('visits').insertOne({}, { session: tx.session });
      },
      { deadlineMs },
    );
    return told;
  }

  it('commits again, and its work runs once', async () => {
    losses = 3;
    expect(await insert(10_000)).toEqual(['ran', 'committed']);
    expect(await visits()).toBe(1);
  });

  it('is given up at the deadline: 503, and nothing goes on', async () => {
    losses = Infinity;
    const begun = performance.now();
    await expect(insert(300)).rejects.toThrow(Unavailable);
    expect(performance.now() - begun).toBeLessThan(5_000);
    losses = 0;
    expect(await insert(300)).toEqual(['ran', 'committed']);
    expect(await visits()).toBe(2);
  });
});
