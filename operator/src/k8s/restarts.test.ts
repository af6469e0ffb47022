import { describe, expect, it } from '@jest/globals';
import type { EnginePod } from './pods.ts';
import { nextRestart, type Restartable } from './restarts.ts';
import type { StatefulSet } from './types.ts';

function set(changes: Partial<NonNullable<StatefulSet['status']>> = {}, strategy = 'OnDelete'): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db', generation: 2 },
    spec: { replicas: 3, updateStrategy: { type: strategy } },
    status: { observedGeneration: 2, updateRevision: 'new', ...changes },
  };
}

/** `new+` is a pod of the revision `new` that is ready, `old-` one of `old` that is not, `old~` one that is going. */
function pods(...states: string[]): EnginePod[] {
  return states.map((state, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `db-${index}`,
      labels: { 'controller-revision-hash': state.slice(0, -1) },
      ...(state.endsWith('~') ? { deletionTimestamp: '2026-11-29T12:00:00Z' } : {}),
    },
    status: { conditions: [{ type: 'Ready', status: state.endsWith('-') ? 'False' : 'True' }] },
  }));
}

function next(states: string[], given: Partial<Restartable> = {}): string | undefined {
  return nextRestart({ set: set(), pods: pods(...states), primary: { pod: 'db-2' }, ...given })?.metadata
    .name;
}

describe('which pod is made anew', () => {
  it('is none when all are of the present template', () => {
    expect(next(['new+', 'new+', 'new+'])).toBeUndefined();
  });

  it('is one after the other, the primary last', () => {
    expect(next(['old+', 'old+', 'old+'])).toBe('db-1');
    expect(next(['old+', 'new~', 'old+'])).toBeUndefined();
    expect(next(['old+', 'old+'])).toBeUndefined();
    expect(next(['old+', 'new-', 'old+'])).toBeUndefined();
    expect(next(['old+', 'new+', 'old+'])).toBe('db-0');
    expect(next(['new+', 'new+', 'old+'])).toBe('db-2');
  });

  it('is one that is not ready before all others, whoever is primary', () => {
    expect(next(['old+', 'old+', 'old-'], { primary: 'None' })).toBe('db-2');
    expect(next(['new+', 'old-', 'old-'])).toBe('db-1');
  });

  it('is never the primary because it misses its probes: it goes last', () => {
    expect(next(['old+', 'old+', 'old-'])).toBe('db-1');
    expect(next(['new+', 'old-', 'old-'])).toBe('db-1');
    expect(next(['new+', 'new-', 'old-'])).toBeUndefined();
    expect(next(['new+', 'new+', 'old-'])).toBe('db-2');
  });

  it('is nobody whom the others cannot do without', () => {
    const isSpare: Restartable['isSpare'] = ({ metadata }) => metadata.name === 'db-0';
    expect(next(['old+', 'old+', 'old+'], { isSpare })).toBe('db-0');
    expect(next(['new+', 'old-', 'old+'], { isSpare })).toBeUndefined();
  });

  it('is nobody during an election, and the last by index while nobody can be asked', () => {
    expect(next(['old+', 'old+', 'old+'], { primary: 'None' })).toBeUndefined();
    expect(next(['old+', 'old+', 'old+'], { primary: 'Unknown' })).toBe('db-2');
  });

  it('is nobody of a set with rolling updates, which has another master', () => {
    expect(next(['old+', 'old+', 'old+'], { set: set({}, 'RollingUpdate') })).toBeUndefined();
  });

  it('is nobody before the controller of StatefulSets has seen the present template', () => {
    expect(next(['old+', 'old+', 'old+'], { set: set({ observedGeneration: 1 }) })).toBeUndefined();
    expect(next(['old+', 'old+', 'old+'], { set: undefined })).toBeUndefined();
  });
});
