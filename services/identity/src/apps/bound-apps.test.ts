import { afterEach, describe, expect, it } from '@jest/globals';
import { BindingError } from '@careplane/kit';
import { until } from '@careplane/testing';
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
  const done = (): Promise<void> => Promise.resolve();
  return {
    find: ({ _id: { $in, $nin } }: { _id: { $in?: string[]; $nin?: string[] } }) =>
      Promise.resolve(
        [...ids].filter((id) => $in?.includes(id) ?? !$nin?.includes(id)).map((_id) => ({ _id })),
      ),
    insert: (records: { _id: string }[]) => Promise.resolve(void records.forEach(({ _id }) => ids.add(_id))),
    updateMany: done,
    updateOne: done,
  } as unknown as Followed['records'];
}

describe('apps of the binding', () => {
  const lifecycle = new AbortController();
  const ended: string[] = [];
  /** What the Secret answers, one look after the other; the last one again and again. */
  let answers: (() => Record<string, string>)[] = [];
  let looks = 0;
  afterEach(() => {
    lifecycle.abort();
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
      { records: written(), ended: (clientId) => Promise.resolve(void ended.push(clientId)) },
    );
    await lookedAt(answers.length);
    expect([current().map(({ clientId }) => clientId), ended]).toEqual([['portal'], []]);
    answers = [missing];
    await until(() => Promise.resolve(ended.length > 0), { what: 'the app to end', everyMs: 1 });
    expect([current(), ended]).toEqual([[], ['portal']]);
  });
});
