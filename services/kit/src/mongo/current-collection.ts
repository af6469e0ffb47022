import type { ClientSession, mongo as driver } from 'mongoose';
import type { Generation } from './generation.ts';
import type { Collection } from './mongo.ts';

/** Says on which connection a call has to run. */
export interface Generations {
  readonly current: () => Generation;
  /** The connection that a session belongs to: a transaction ends where it began. */
  readonly ofSession: (session: ClientSession) => Generation | undefined;
}

type Call = (...args: unknown[]) => unknown;

/**
 * A collection that may be held for good: each call runs on the connection of the moment (or of its session), and keeps
 * that connection from being closed until it has ended.
 */
export function currentCollection<T extends driver.Document>(
  name: string,
  insert: Collection<T>['insert'],
  generations: Generations,
): Collection<T> {
  const at = ({ db }: Generation): driver.Collection<T> => db.collection<T>(name);
  const proxied: unknown = new Proxy(at(generations.current()), {
    get(_first, property): unknown {
      if (property === 'insert') return insert;
      const value: unknown = Reflect.get(at(generations.current()), property);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const generation = sessionOf(args, generations) ?? generations.current();
        const collection = at(generation);
        const call = Reflect.get(collection, property) as Call;
        const result = during(generation, () => call.apply(collection, args));
        return isCursor(result) ? heldCursor(result, generation) : result;
      };
    },
  });
  return proxied as Collection<T>;
}

/** Options are the last argument, whatever the method. */
function sessionOf(args: readonly unknown[], { ofSession }: Generations): Generation | undefined {
  const options = args.at(-1) as { session?: unknown } | null | undefined;
  const session = typeof options === 'object' ? options?.session : undefined;
  return session === undefined ? undefined : ofSession(session as ClientSession);
}

/** Runs a call; its connection is kept until the promise that it gives has ended. */
function during(generation: Generation, call: () => unknown): unknown {
  const release = generation.take();
  let result: unknown;
  try {
    result = call();
  } finally {
    if (!(result instanceof Promise)) release();
  }
  return result instanceof Promise ? result.finally(release) : result;
}

type Cursor = driver.AbstractCursor;

function isCursor(value: unknown): value is Cursor {
  return typeof value === 'object' && value !== null && 'toArray' in value;
}

/** Making a cursor asks nobody; its reading methods hold the connection, the others give the same cursor again. */
function heldCursor(cursor: Cursor, generation: Generation): Cursor {
  const proxy: Cursor = new Proxy(cursor, {
    get(_target, property): unknown {
      if (property === Symbol.asyncIterator) return () => heldIteration(cursor, generation);
      const value: unknown = Reflect.get(cursor, property, cursor);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const result = during(generation, () => (value as Call).apply(cursor, args));
        return result === cursor ? proxy : result;
      };
    },
  });
  return proxy;
}

async function* heldIteration(cursor: Cursor, generation: Generation): AsyncGenerator {
  const release = generation.take();
  try {
    yield* cursor;
  } finally {
    release();
  }
}
