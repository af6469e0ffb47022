import { afterEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../clock.ts';
import { Scene, seen, serve, server, stopAll } from '../fixtures/informer-scene.ts';
import { opensWith, refuse } from '../fixtures/scripted-apiserver.ts';

afterEach(stopAll);

/** An informer of all namespaces that caches those which joined, and watches. */
async function shard(): Promise<{ scene: Scene; join: (...namespaces: string[]) => void }> {
  const admitted = new Set<string | undefined>();
  const scene = new Scene(systemClock, { admits: (namespace) => admitted.has(namespace) });
  await seen('the watch', () => server.watches.length === 1);
  return {
    scene,
    join: (...namespaces) => {
      for (const namespace of namespaces) {
        admitted.add(namespace);
        scene.informers.join(namespace);
      }
    },
  };
}

describe('a namespace that joins', () => {
  it('is listed alone: fifty of them at once make fifty small lists and none of everything', async () => {
    await serve();
    const namespaces = Array.from({ length: 50 }, (_, index) => `n${index}`);
    for (const namespace of namespaces) server.put(`a-${namespace}`, namespace);
    const { scene, join } = await shard();
    join(...namespaces);
    await scene.converged();
    expect(server.listed.filter((namespace) => namespace === undefined)).toHaveLength(1);
    expect(server.listed.slice(1).sort()).toEqual([...namespaces].sort());
    expect(server.watches).toHaveLength(2);
    expect(server.watches[1]?.get('resourceVersion')).toBe(server.watches[0]?.get('resourceVersion'));
  });

  it('is followed from its list on, and what went before is not seen again', async () => {
    await serve('left');
    server.script('watch', opensWith());
    const { scene, join } = await shard();
    // The first watch has told nothing of all this when the namespace joins: the next one tells it again.
    server.put('short-lived');
    server.remove('short-lived');
    server.put('renewed');
    server.remove('renewed');
    server.put('renewed');
    server.remove('left');
    join('n');
    await scene.converged();
    server.put('renewed');
    server.put('later');
    await scene.converged();
    server.remove('renewed');
    await scene.converged();
    expect(scene.changes).toEqual(['added renewed', 'updated renewed', 'added later', 'deleted renewed']);
  });

  it('is listed with everything else when its list fails', async () => {
    await serve('a');
    const { scene, join } = await shard();
    server.script(
      'list',
      refuse(500, 'InternalError'),
      refuse(500, 'InternalError'),
      refuse(500, 'InternalError'),
      refuse(500, 'InternalError'),
    );
    join('n');
    await scene.converged();
    expect(server.listed.at(-1)).toBeUndefined();
  });
});
