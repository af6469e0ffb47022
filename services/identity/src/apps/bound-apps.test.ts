import { afterEach, describe, expect, it } from '@jest/globals';
import { BindingError } from '@careplane/kit';
import type { Mongo } from '@careplane/kit';
import { createTestTrail } from '@careplane/kit/testing';
import { until } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import { followBoundApps } from './bound-apps.ts';

type Context = Parameters<typeof followBoundApps>[0];
type Followed = Parameters<typeof followBoundApps>[1];

const APP = {
  clientId: 'portal',
  name: 'Portal',
  type: 'public',
  redirectUris: ['https://portal.example/callback'],
  scopes: ['openid'],
};

/** What is written down of the apps, in memory. */
function written(): Followed['records'] {
  const ids = new Set<string>();
  return {
    find: ({ _id: { $in, $nin } }: { _id: { $in?: string[]; $nin?: string[] } }) =>
      Promise.resolve(
        [...ids].filter((id) => $in?.includes(id) ?? !$nin?.includes(id)).map((_id) => ({ _id })),
      ),
    findOne: ({ _id }: { _id: string }) => Promise.resolve(ids.has(_id) ? { _id } : null),
    insert(records: { _id: string }[]): Promise<void> {
      for (const { _id } of records) ids.add(_id);
      return Promise.resolve();
    },
    updateOne: () => Promise.resolve({ modifiedCount: 1 }),
  } as unknown as Followed['records'];
}

describe('apps of the binding', () => {
  const lifecycle = new AbortController();
  const ended: string[] = [];
  const client = new MongoClient('mongodb://127.0.0.1:1');
  const audit = createTestTrail();
  /** What the Secret answers, one look after the other; the last one again and again. */
  let answers: (() => Record<string, string>)[] = [];
  let looks = 0;
  afterEach(async () => {
    lifecycle.abort();
    await client.close();
  });
  const apps = { 'apps.json': JSON.stringify([APP]) };
  const broken = (error: Error) => (): never => {
    throw error;
  };
  const lookedAt = (count: number): Promise<unknown> =>
    until(() => Promise.resolve(looks > count), { what: `${String(count)} looks`, everyMs: 1 });

  it('stay while their Secret cannot be read for a moment, and end with it', async () => {
    const busy = Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    const missing = broken(new BindingError('secret clinic-apps is not mounted'));
    answers = [() => apps, broken(busy), missing, () => apps, missing, () => apps];
    const secret = (): Record<string, string> => {
      const answer = answers[Math.min(looks, answers.length - 1)];
      looks += 1;
      return answer?.() ?? {};
    };
    const none = (): void => undefined;
    const { current } = await followBoundApps(
      {
        bindings: { secret },
        config: { BINDING_POLL_MS: 1 },
        lifecycle: { signal: lifecycle.signal, onShutdown: none },
        logger: { error: none, warn: none, info: none, debug: none },
      } as unknown as Context,
      {
        mongo: client as unknown as Mongo,
        audit,
        records: written(),
        ended: (clientId) => Promise.resolve(void ended.push(clientId)),
      },
    );
    await lookedAt(answers.length);
    expect([current().map(({ clientId }) => clientId), ended]).toEqual([['portal'], []]);
    answers = [missing];
    await until(() => Promise.resolve(ended.length > 0), { what: 'the app to end', everyMs: 1 });
    expect([current(), ended]).toEqual([[], ['portal']]);
    await until(() => Promise.resolve(audit.entries.length === 2), {
      what: 'its end in the audit',
      everyMs: 1,
    });
    expect(audit.entries.map(({ action }) => action)).toEqual(['app-registered', 'app-removed']);
  });
});
