import { describe, expect, it } from '@jest/globals';
import type { EnginePod } from '../../k8s/pods.ts';
import type { StatefulSet } from '../../k8s/types.ts';
import { silentLogger } from '../../runtime/telemetry/log.ts';
import type { RestartContext } from '../engine-restarts.ts';
import { dueRestarts, restartNodes, type Restarts } from './restarts.ts';

const TLS = { 'careplane.dev/distribution-hash': 'tls' };

function set(replicas = 3, strategy = 'OnDelete'): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'rabbit', namespace: 'clinic', generation: 2 },
    spec: { replicas, updateStrategy: { type: strategy }, template: { metadata: { annotations: TLS } } },
    status: { observedGeneration: 2, updateRevision: 'new' },
  };
}

/** `new+` is a pod of the revision `new` that is ready, `old-` one of `old` that is not, `plain+` one from before TLS. */
function pods(...states: string[]): EnginePod[] {
  return states.map((state, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `rabbit-${index}`,
      namespace: 'clinic',
      labels: { 'controller-revision-hash': state.slice(0, -1), 'careplane.dev/broker': 'rabbit' },
      annotations: state.startsWith('plain') ? {} : TLS,
    },
    status: { conditions: [{ type: 'Ready', status: state.endsWith('-') ? 'False' : 'True' }] },
  }));
}

function due(states: string[], given: Partial<Restarts> = {}): string[] {
  return dueRestarts({ set: set(states.length), pods: pods(...states), spare: 'Yes', ...given }).map(
    ({ metadata }) => metadata.name,
  );
}

describe('which nodes are started anew', () => {
  it('is one after the other, the last one first', () => {
    expect(due(['new+', 'new+', 'new+'])).toEqual([]);
    expect(due(['old+', 'old+', 'old+'])).toEqual(['rabbit-2']);
    expect(due(['old+', 'old+', 'new-'])).toEqual([]);
    expect(due(['old+', 'old+', 'new+'])).toEqual(['rabbit-1']);
    expect(due(['old+'])).toEqual(['rabbit-0']);
  });

  it('is none while a queue would lose its majority, though every pod is ready', () => {
    expect(due(['old+', 'old+', 'new+'], { spare: 'No' })).toEqual([]);
  });

  it('is by readiness alone when nobody can be asked: a changed password is taken at the start', () => {
    expect(due(['old+', 'old+', 'new+'], { spare: 'Unknown' })).toEqual(['rabbit-1']);
    expect(due(['old+', 'old+', 'new-'], { spare: 'Unknown' })).toEqual([]);
  });

  it('is one that does not get ready in any case', () => {
    expect(due(['old+', 'old-', 'new+'], { spare: 'No' })).toEqual(['rabbit-1']);
  });

  it('is all together that talk plainly, in sets of both strategies; a broker of one node has nobody to talk to', () => {
    const all = ['rabbit-0', 'rabbit-1', 'rabbit-2'];
    expect(due(['plain+', 'plain+', 'plain+'], { spare: 'No' })).toEqual(all);
    expect(due(['plain+', 'plain+', 'new-'], { set: set(3, 'RollingUpdate') })).toEqual(all.slice(0, 2));
    expect(due(['plain+'], { set: set(1, 'RollingUpdate') })).toEqual([]);
    expect(due(['plain+'], { spare: 'No' })).toEqual([]);
  });
});

describe('a restart', () => {
  /** Names of the pods that were deleted, when the caches have `cached` and the API server has `live`. */
  async function restarted(cached: EnginePod[], live: EnginePod[]): Promise<string[]> {
    const removed: string[] = [];
    const context = {
      log: silentLogger,
      live: { list: () => Promise.resolve(live), get: () => Promise.resolve(set()) },
      remove: (_type: unknown, { name }: { name: string }) => {
        removed.push(name);
        return Promise.resolve();
      },
    } as unknown as RestartContext;
    const broker = { metadata: { name: 'rabbit', namespace: 'clinic' } };
    await restartNodes(broker, { workload: set(), pods: cached }, 'Yes', context);
    return removed;
  }

  it('asks nobody at rest, and deletes nothing that the API server knows better', async () => {
    const old = pods('old+', 'old+', 'old+');
    expect(await restarted(old, old)).toEqual(['rabbit-2']);
    expect(await restarted(pods('new+', 'new+', 'new+'), old)).toEqual([]);
    expect(await restarted(old, pods('old+', 'old+', 'new+').slice(0, 2))).toEqual([]);
  });
});
