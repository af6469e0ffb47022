import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { MongoServerSelectionError } from 'mongodb';
import type { Binding } from '../bindings.ts';
import type { ServiceContext } from '../context.ts';
import { ConnectedMongo } from './connected-mongo.ts';
import type { Connection } from './connection.ts';

const quiet = { info: () => undefined, warn: () => undefined };
const bindingOf = (database: string): Binding<'mongodb'> => ({ database }) as Binding<'mongodb'>;

/** The driver's own constructor asks for what it knows of the servers. */
function notSelectable(): Error {
  return Object.setPrototypeOf(new Error('no server'), MongoServerSelectionError.prototype) as Error;
}

/** A connection to a server that may become one that cannot be selected. */
function connection(): { on: Connection; lose: () => void; release: () => void; isClosed: () => boolean } {
  const [idle, answer] = [Promise.withResolvers<boolean>(), { isLost: false, isClosed: false }];
  const toArray = (): Promise<unknown[]> => {
    if (!answer.isLost) return Promise.resolve([]);
    return Promise.reject(notSelectable());
  };
  const on = {
    client: {
      close: () => {
        answer.isClosed = true;
        return Promise.resolve();
      },
    },
    db: { listCollections: () => ({ toArray }) },
    retire: () => idle.promise,
  } as unknown as Connection;
  return {
    on,
    lose: () => {
      answer.isLost = true;
    },
    release: () => {
      idle.resolve(true);
    },
    isClosed: () => answer.isClosed,
  };
}

describe('a database whose binding changes', () => {
  const abort = new AbortController();
  const ctx = { logger: quiet, lifecycle: { signal: abort.signal } } as unknown as ServiceContext;
  const opened: { database: string; answer: (made: Connection) => void }[] = [];
  let [first, second, third] = [connection(), connection(), connection()];
  let mongo: ConnectedMongo;

  beforeEach(() => {
    opened.length = 0;
    [first, second, third] = [connection(), connection(), connection()];
    mongo = new ConnectedMongo(
      ctx,
      { connection: first.on, binding: bindingOf('a') },
      ({ database }) => new Promise((answer) => opened.push({ database, answer })),
    );
  });
  afterEach(async () => {
    for (const { release } of [first, second, third]) release();
    for (const { answer } of opened) answer(third.on);
    await mongo.close();
  });
  const isOpening = (): Promise<unknown> =>
    until(() => Promise.resolve(opened.length === 1), { what: 'another connection', everyMs: 1 });

  it('is opened again with the new one while an operation still holds the former connection', async () => {
    const moved = mongo.moveTo({ connection: second.on, binding: bindingOf('b') });
    await until(() => Promise.resolve(mongo.binding.database === 'b'), { what: 'the move', everyMs: 1 });
    second.lose();
    await expect(mongo.check()).rejects.toThrow(MongoServerSelectionError);
    await isOpening();
    expect(opened[0]?.database).toBe('b');
    first.release();
    await moved;
  });

  it('stays on the new one when the former one answers again only after the move', async () => {
    first.lose();
    await expect(mongo.check()).rejects.toThrow(MongoServerSelectionError);
    await isOpening();
    first.release();
    await mongo.moveTo({ connection: second.on, binding: bindingOf('b') });
    opened[0]?.answer(third.on);
    await until(() => Promise.resolve(third.isClosed()), { what: 'the end of the late one', everyMs: 1 });
    expect(mongo.connectionFor(undefined)).toBe(second.on);
    expect(mongo.binding.database).toBe('b');
  });
});
