import { describe, expect, it } from '@jest/globals';
import { LABEL } from '../../../api/group.ts';
import type { Cache, LiveReader } from '../../../runtime/controller.ts';
import type { ObjectKey } from '../../../runtime/kube.ts';
import { keptRevisions } from './kept-revisions.ts';
import type { ControllerRevision, Deployment } from '../../../k8s/types.ts';
import { historyOf } from './history.ts';
import { historyObjects } from './objects.ts';

const HASH = '0123456789';
const service = { metadata: { name: 'a', namespace: 'clinic' } };

/** What the API server has: with a default in it that the record does not have. */
const deployment = {
  metadata: { name: 'a' },
  spec: { template: templateOf(HASH) },
} as unknown as Deployment;

function templateOf(revision: string): object {
  return { metadata: { labels: { [LABEL.revision]: revision } }, spec: { dnsPolicy: 'ClusterFirst' } };
}

function record(hash: string, owner = 'a'): ControllerRevision {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: `a-${hash}`, labels: { [LABEL.revision]: hash, 'careplane.dev/owner': owner } },
    revision: 5,
    data: { template: '{"metadata":{},"spec":{}}' },
  };
}

/** A cache that has seen some of the records that the server has; all are in one namespace. */
function world(
  seen: ControllerRevision[],
  there: ControllerRevision[],
): {
  cache: Cache;
  live: LiveReader;
  reads: string[];
} {
  const reads: string[] = [];
  const list = (_type: unknown, namespace: string, labels: Record<string, string>): ControllerRevision[] =>
    namespace === 'clinic'
      ? seen.filter(({ metadata }) =>
          Object.entries(labels).every(([label, value]) => metadata.labels?.[label] === value),
        )
      : [];
  const get = (_type: unknown, { namespace, name }: ObjectKey): Promise<unknown> => {
    reads.push(name);
    const found = there.find(({ metadata }) => metadata.name === name);
    return Promise.resolve(namespace === 'clinic' ? found : undefined);
  };
  return { cache: { list } as unknown as Cache, live: { get } as LiveReader, reads };
}

describe('the revisions on record', () => {
  it('hold what runs as it was written, also while the cache has not seen its record', async () => {
    const context = world([], [record(HASH)]);
    const kept = await keptRevisions(service, context, deployment);
    expect(historyObjects('a', historyOf(kept, deployment), new Set([HASH]))).toMatchObject([
      { metadata: { name: `a-${HASH}` }, revision: 5, data: record(HASH).data },
    ]);
  });

  it('hold what runs also where the cache has seen only records of others', async () => {
    const other = record('fedcba9876');
    const context = world([other], [other, record(HASH)]);
    expect(await keptRevisions(service, context, deployment)).toEqual([other, record(HASH)]);
  });

  it('cost no read once the cache has seen it, nor without pods', async () => {
    const context = world([record(HASH)], [record(HASH)]);
    expect(await keptRevisions(service, context, deployment)).toEqual([record(HASH)]);
    expect(await keptRevisions(service, context, undefined)).toEqual([record(HASH)]);
    expect(context.reads).toEqual([]);
  });

  it('cost no read where several are on record, nor for pods that have no revision of ours', async () => {
    const several = world([record('fedcba9876'), record(HASH)], []);
    expect(await keptRevisions(service, several, deployment)).toHaveLength(2);
    const foreign = {
      metadata: { name: 'a' },
      spec: { template: templateOf('latest') },
    } as unknown as Deployment;
    const context = world([], []);
    expect(await keptRevisions(service, context, foreign)).toEqual([]);
    expect([...several.reads, ...context.reads]).toEqual([]);
  });

  it('lack what is gone: it is made anew from what runs', async () => {
    const kept = await keptRevisions(service, world([], []), deployment);
    expect(kept).toEqual([]);
    expect(historyObjects('a', historyOf(kept, deployment), new Set([HASH]))).toHaveLength(1);
  });

  it('are not those of another service whose name begins alike', async () => {
    const context = world([record('fedcba9876', 'a-0')], [record(HASH, 'a-0')]);
    expect(await keptRevisions(service, context, deployment)).toEqual([]);
  });

  it('are none that somebody else made under the name of ours', async () => {
    const { labels, ...metadata } = record(HASH).metadata;
    expect(labels).toBeDefined();
    const context = world([], [{ ...record(HASH), metadata }]);
    expect(await keptRevisions(service, context, deployment)).toEqual([]);
  });
});
