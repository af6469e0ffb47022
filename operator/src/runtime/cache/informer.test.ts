import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import {
  counts,
  follow,
  Scene,
  seen,
  serve,
  server,
  SILENCE_MS,
  stopAll,
} from '../fixtures/informer-scene.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { hang, opensWith, refuse, reset, type Act } from '../fixtures/scripted-apiserver.ts';

afterEach(stopAll);

describe('an informer lists', () => {
  it('page by page, and watches from where the list was', async () => {
    await serve(...Array.from({ length: 1_200 }, (_, index) => `a${index}`));
    const scene = await follow();
    expect(counts()).toEqual({ lists: 3, watches: 1 });
    expect(server.watches[0]?.get('resourceVersion')).toBe(String(server.version));
    expect(server.watches[0]?.get('allowWatchBookmarks')).toBe('true');
    server.put('a7');
    server.remove('a8');
    await scene.converged();
    expect(counts()).toEqual({ lists: 3, watches: 1 });
  });

  it('from the beginning when the token of a page has expired, without losing what it knew', async () => {
    await serve(...Array.from({ length: 700 }, (_, index) => `a${index}`));
    const scene = await follow();
    server.forget();
    server.put('new');
    const asUsual: Act = (exchange) => {
      exchange.answer();
    };
    server.script('list', asUsual, refuse(410, 'Expired'));
    server.removeUnheard('a3');
    server.forget();
    server.endWatches();
    await scene.converged();
    expect(scene.changes.filter((change) => change.startsWith('deleted'))).toEqual(['deleted a3']);
    // Two pages at first, two that ended in 410, two that did not.
    expect(server.lists).toHaveLength(6);
  });

  it.each([
    [429, 'TooManyRequests'],
    [500, 'InternalError'],
    [503, 'ServiceUnavailable'],
  ])('again after %s', async (code, reason) => {
    await serve('a');
    server.script('list', refuse(code, reason), refuse(code, reason));
    await follow();
    expect(counts()).toEqual({ lists: 3, watches: 1 });
  });

  it('nothing of a kind that it may do without and may not read, and keeps what it has read when the right is taken away', async () => {
    await serve('a');
    const clock = new ManualClock();
    server.script('list', refuse(403, 'Forbidden'));
    const scene = new Scene(clock, { optional: true });
    await seen('it to go on', () => scene.informers.unsynced().length === 0);
    expect(scene.cached()).toEqual([]);
    await clock.advance(120_000);
    await scene.converged();
    const before = server.lists.length;
    server.script('list', refuse(403, 'Forbidden'));
    server.forget();
    server.endWatches();
    const isRefused = async (): Promise<boolean> => {
      await clock.advance(1_000);
      return server.lists.length > before;
    };
    await until(isRefused, { what: 'the refusal', everyMs: 5, deadlineMs: 4_000 });
    await clock.advance(0);
    expect(scene.cached()).toEqual(server.truth());
    expect(scene.changes).toEqual(['added a']);
  });

  it('again after a connection that was reset, and after one that never answered', async () => {
    const clock = new ManualClock();
    await serve('a');
    server.script('list', reset, hang);
    const scene = new Scene(clock);
    await seen('the first list', () => server.lists.length === 1);
    await until(
      async () => {
        await clock.advance(10);
        return server.lists.length === 2;
      },
      { what: 'the second list', everyMs: 1 },
    );
    await clock.advance(14_000);
    expect(server.lists).toHaveLength(2);
    await clock.advance(2_000);
    await until(
      async () => {
        await clock.advance(100);
        return server.lists.length === 3;
      },
      { what: 'the third list', everyMs: 1 },
    );
    await scene.converged();
  });

  it.each(['60', '86400'])(
    'not before the server wants to be asked again, up to a minute (%s s)',
    async (asked) => {
      const clock = new ManualClock();
      await serve('a');
      server.script('list', refuse(429, 'TooManyRequests', { 'retry-after': asked }));
      const scene = new Scene(clock);
      await seen('the first list', () => server.lists.length === 1);
      // Its answer must have been read before the clock says anything.
      await seen('the refusal', () => clock.waiting === 1);
      await clock.advance(59_900);
      expect(server.lists).toHaveLength(1);
      await clock.advance(200);
      await scene.converged();
      expect(server.lists).toHaveLength(2);
    },
  );
});

describe('a watch that says nothing', () => {
  it.each<[string, Act]>([
    ['from the beginning (a half-open connection)', hang],
    ['after its first event', opensWith()],
  ])('%s is given up at the limit, and a list follows', async (_what, act) => {
    const clock = new ManualClock();
    await serve('a');
    server.script('watch', act);
    const scene = new Scene(clock);
    await seen('the watch', () => server.watches.length === 1);
    server.putUnheard('b');
    await clock.advance(SILENCE_MS - 1_000);
    expect(counts()).toEqual({ lists: 1, watches: 1 });
    expect(scene.informers.silences().get('ConfigMap')).toBeGreaterThanOrEqual(SILENCE_MS - 1_000);
    await clock.advance(2_000);
    await scene.converged();
    expect(counts()).toEqual({ lists: 2, watches: 2 });
    expect(await scene.restarts('silent')).toBe(1);
    expect(scene.informers.silences().get('ConfigMap')).toBeLessThan(1_000);
  });

  it('but bookmarks is kept', async () => {
    const clock = new ManualClock();
    await serve('a');
    const scene = await follow(clock);
    for (let round = 0; round < 8; round++) {
      await clock.advance(SILENCE_MS / 2);
      server.skip(1);
      server.send(server.bookmark());
      await seen('the bookmark', () => scene.informers.silences().get('ConfigMap') === 0);
    }
    expect(counts()).toEqual({ lists: 1, watches: 1 });
  });
});

describe('a server whose versions go back (a restored etcd)', () => {
  it('is believed after the silence of its watch, and followed from there', async () => {
    const clock = new ManualClock();
    await serve('a');
    const backup = server.version;
    const scene = await follow(clock);
    server.put('late');
    server.skip(5_000);
    server.put('a');
    await scene.converged();
    server.restore(backup);
    server.putUnheard('a');
    await clock.advance(SILENCE_MS + 1_000);
    await scene.converged();
    server.put('b');
    server.put('a');
    server.remove('b');
    await scene.converged();
    expect(counts()).toEqual({ lists: 2, watches: 2 });
  });

  it.each(['an event', 'a bookmark'])('is noticed at once by %s', async (what) => {
    await serve('a');
    const backup = server.version;
    const scene = await follow();
    server.skip(5_000);
    server.put('a');
    await scene.converged();
    server.restore(backup);
    const event = server.putUnheard('a');
    server.send(what === 'an event' ? event : server.bookmark());
    await seen('another list', () => server.lists.length === 2);
    await scene.converged();
  });
});

describe('an informer that is stopped', () => {
  it.each<[string, 'list' | 'watch', Act]>([
    ['while it lists', 'list', hang],
    ['while it waits after a failure', 'list', refuse(403, 'Forbidden')],
    ['while it watches', 'watch', opensWith()],
  ])('%s asks for nothing more', async (_what, verb, act) => {
    const clock = new ManualClock();
    await serve('a');
    server.script(verb, act);
    const scene = new Scene(clock);
    await seen('the request', () => (verb === 'list' ? server.lists : server.watches).length === 1);
    await scene.stop();
    const before = counts();
    await clock.advance(600_000);
    expect(counts()).toEqual(before);
  });
});
