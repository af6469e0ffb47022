import { describe, expect, it } from '@jest/globals';
import type { Resource } from './cluster.ts';
import { isReady, isStaying, lookInto } from './pods.ts';

function pod(name: string, status: Resource['status'] = {}, deletionTimestamp?: string): Resource {
  return {
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'clinic',
      uid: `uid-${name}`,
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    },
    status: { phase: 'Running', ...status },
  };
}

const NOW = '2026-11-26T00:00:00Z';
const READY = { conditions: [{ type: 'Ready', status: 'True', reason: '', message: '' }] };

describe('pods that tests may rely on', () => {
  it('run and are not terminating', () => {
    expect(isStaying(pod('a'))).toBe(true);
    expect(isStaying(pod('a', {}, NOW))).toBe(false);
    expect(isStaying(pod('a', { phase: 'Succeeded' }))).toBe(false);
  });

  it('answer when they are Ready and not terminating', () => {
    expect(isReady(pod('a', READY))).toBe(true);
    expect(isReady(pod('a'))).toBe(false);
    expect(isReady(pod('a', READY, NOW))).toBe(false);
  });
});

describe('looking into pods', () => {
  const pods = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => pod(name));
  const look = async ({ metadata: { name } }: Resource): Promise<string> => {
    await Promise.resolve();
    if (name === 'b') throw new Error('no process');
    return `in ${name}`;
  };

  it('skips a pod that ends during the inspection, and only that', async () => {
    const left = pods.filter(({ metadata }) => !['b', 'd'].includes(metadata.name));
    const looks = await lookInto(pods, look, () => Promise.resolve(left));
    expect(looks.map(({ pod, found, stayed }) => [pod.metadata.name, found, stayed])).toEqual(
      ['a', 'c', 'd', 'e', 'f'].map((name) => [name, `in ${name}`, name !== 'd']),
    );
  });

  it('fails for a pod that stays and cannot be inspected', async () => {
    await expect(lookInto(pods, look, () => Promise.resolve(pods))).rejects.toThrow(
      'pod b stays and cannot be looked into',
    );
  });

  it('lists the remaining pods after the inspection', async () => {
    let looked = 0;
    const asked: number[] = [];
    const count = async (one: Resource): Promise<string> => {
      looked++;
      return await look(one);
    };
    await lookInto(pods, count, () => {
      asked.push(looked);
      return Promise.resolve([]);
    });
    expect(asked).toEqual([pods.length]);
  });
});
