import { afterEach, describe, expect, it } from '@jest/globals';
import {
  counts,
  follow,
  RELIST_MS,
  Scene,
  seen,
  serve,
  server,
  SILENCE_MS,
  stopAll,
} from '../fixtures/informer-scene.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import { endsAfter, errorEvent, refuse, reset, type Act } from '../fixtures/scripted-apiserver.ts';

afterEach(stopAll);

describe('a watch', () => {
  it.each<[string, () => void]>([
    [
      'ends',
      () => {
        server.endWatches();
      },
    ],
    [
      'is reset',
      () => {
        server.resetWatches();
      },
    ],
    [
      'is cut inside a line',
      () => {
        server.send('{"type":"MODIFIED","object":{"meta');
        server.endWatches();
      },
    ],
    [
      'says an error other than 410',
      () => {
        server.send(errorEvent(500, 'InternalError'));
      },
    ],
    [
      'sends a line that is no event',
      () => {
        server.send('<html>bad gateway</html>\n');
      },
    ],
    [
      'sends an event of an unknown type',
      () => {
        server.send({ type: 'RENAMED', object: { metadata: { name: 'a' } } });
      },
    ],
    [
      'sends an event without an object',
      () => {
        server.send('{"type":"ADDED"}\n');
      },
    ],
  ])('that %s goes on where it was, without a list', async (_what, disturb) => {
    await serve('a', 'b');
    const scene = await follow();
    server.put('a');
    await scene.converged();
    const { version } = server;
    disturb();
    server.put('c');
    server.remove('b');
    await seen('another watch', () => server.watches.length === 2);
    await scene.converged();
    expect(counts()).toEqual({ lists: 1, watches: 2 });
    expect(server.watches[1]?.get('resourceVersion')).toBe(String(version));
  });

  it.each<[string, Act]>([
    ['500', refuse(500, 'InternalError')],
    ['503', refuse(503, 'ServiceUnavailable')],
    ['429', refuse(429, 'TooManyRequests')],
    ['a reset', reset],
  ])('that is met with %s is asked for again, without a list', async (_what, act) => {
    await serve('a');
    server.script('watch', act, act);
    const scene = await follow();
    server.put('b');
    await scene.converged();
    expect(counts()).toEqual({ lists: 1, watches: 3 });
  });

  it('waits as long as a 429 asks for', async () => {
    const clock = new ManualClock();
    await serve('a');
    server.script('watch', refuse(429, 'TooManyRequests', { 'retry-after': '7' }));
    const scene = new Scene(clock);
    await seen('the refusal', () => server.watches.length === 1 && clock.waiting === 1);
    await clock.advance(6_900);
    expect(server.watches).toHaveLength(1);
    await clock.advance(200);
    await scene.converged();
    expect(counts()).toEqual({ lists: 1, watches: 2 });
  });

  it.each<[string, () => void]>([
    [
      'at its start',
      () => {
        server.forget();
        server.endWatches();
      },
    ],
    [
      'in its stream',
      () => {
        server.send(errorEvent(410, 'Expired'));
      },
    ],
  ])('that has expired (410) %s is followed by a list', async (_what, expire) => {
    await serve('a', 'b');
    const scene = await follow();
    server.putUnheard('c');
    server.removeUnheard('b');
    expire();
    await scene.converged();
    expect(server.lists).toHaveLength(2);
    expect(scene.changes.slice(2)).toEqual(['added c', 'deleted b']);
    expect(await scene.restarts('expired')).toBe(1);
  });

  it('resumes from a bookmark when all that was heard before it is forgotten', async () => {
    await serve('a');
    const scene = await follow();
    server.skip(1_000);
    server.send(server.bookmark());
    server.forget();
    const { version } = server;
    // What follows the bookmark proves that it was taken in.
    server.put('b');
    await scene.converged();
    server.endWatches();
    server.put('c');
    await seen('another watch', () => server.watches.length === 2);
    await scene.converged();
    expect(counts()).toEqual({ lists: 1, watches: 2 });
    expect(Number(server.watches[1]?.get('resourceVersion'))).toBeGreaterThan(version);
  });

  it('asks the server to end a watch before its silence counts, until a bookmark shows that it is never silent for long', async () => {
    await serve('a');
    const clock = new ManualClock();
    const scene = await follow(clock);
    const asked = (): number => Number(server.watches.at(-1)?.get('timeoutSeconds'));
    const longest = (seconds: number): number => (seconds / 0.8) * 1.2;
    expect(longest(asked()) * 1_000).toBeLessThan(SILENCE_MS);
    // Nothing but its end was heard: the server is there all the same.
    await clock.advance(SILENCE_MS - 1_000);
    server.endWatches();
    await seen('another watch', () => server.watches.length === 2);
    expect(scene.informers.silences().get('ConfigMap')).toBeLessThan(1_000);

    server.send(server.bookmark());
    server.put('b');
    await scene.converged();
    await clock.advance(60_000);
    server.endWatches();
    await seen('a third watch', () => server.watches.length === 3);
    expect(asked() * 1_000).toBeGreaterThan(SILENCE_MS);
    expect([counts().lists, await scene.restarts('silent')]).toEqual([1, 0]);
  });

  it('takes an event that comes twice once', async () => {
    await serve('a');
    const scene = await follow();
    const event = server.put('b');
    server.send(event, event);
    server.put('c');
    server.send(event);
    server.remove('a');
    await scene.converged();
    expect(scene.changes).toEqual(['added a', 'added b', 'added c', 'deleted a']);
    expect(counts()).toEqual({ lists: 1, watches: 1 });
  });

  it.each<[string, () => void]>([
    [
      'a change after its deletion',
      () => {
        const change = server.putUnheard('a');
        server.send(server.removeUnheard('a'), change);
      },
    ],
    [
      'a deletion after the new object of that name',
      () => {
        const deletion = server.removeUnheard('a');
        server.send(server.putUnheard('a'), deletion);
      },
    ],
    [
      'an older change after a newer one',
      () => {
        const older = server.putUnheard('a');
        server.send(server.putUnheard('b'), older);
      },
    ],
  ])('whose events are out of order (%s) is not believed: a list follows', async (_what, disorder) => {
    await serve('a');
    const scene = await follow();
    disorder();
    server.forget();
    await seen('another list', () => server.lists.length === 2);
    await scene.converged();
    expect(await scene.restarts('disordered')).toBe(1);
  });

  it('that lost events is healed by the next list, which comes in bounded time', async () => {
    const clock = new ManualClock();
    await serve('a', 'b');
    const scene = await follow(clock);
    server.putUnheard('a');
    server.removeUnheard('b');
    server.putUnheard('c');
    // Without randomness it is due after four fifths of the time. Until then the server says that it is there.
    const dueAt = clock.monotonic() + 0.8 * RELIST_MS;
    while (clock.monotonic() + SILENCE_MS / 2 < dueAt) {
      await clock.advance(SILENCE_MS / 2);
      server.send(server.bookmark());
      await seen('the bookmark', () => scene.informers.silences().get('ConfigMap') === 0);
    }
    expect(server.lists).toHaveLength(1);
    await clock.advance(dueAt - clock.monotonic());
    await scene.converged();
    expect(counts()).toEqual({ lists: 2, watches: 2 });
    expect(await scene.restarts('outdated')).toBe(1);
  });

  it('that is spoilt at the same place again and again is given up for a list', async () => {
    await serve('a');
    const poison = endsAfter('{"type":"MODIFIED","object"\n');
    const scene = await follow();
    server.putUnheard('a');
    server.script('watch', poison, poison, poison);
    server.endWatches();
    await scene.converged();
    expect(counts()).toEqual({ lists: 2, watches: 5 });
  });

  it('that has always expired makes a list now and then, not a storm of them', async () => {
    const clock = new ManualClock();
    await serve('a');
    server.script('watch', ...Array.from({ length: 200 }, () => refuse(410, 'Expired')));
    const scene = new Scene(clock);
    for (let second = 0; second < 600; second++) {
      await seen('a pause', () => clock.waiting === 1);
      await clock.advance(1_000);
    }
    // 0.1 s, 0.2 s, ... 15 s, for ten minutes.
    expect(server.lists.length).toBeLessThan(60);
    expect(server.lists.length).toBeGreaterThan(30);
    await scene.stop();
  });
});
