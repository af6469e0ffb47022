import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AnyObject, KubeObject } from '../kube.ts';
import {
  changeRecord,
  failedChange,
  partObject,
  readPart,
  recordNames,
  type RecordChange,
} from './record-parts.ts';
import type { RecordPart } from './record-parts.ts';

const MIB = 1_048_576;

function objectOf(uid: string, bytes = 0): AnyObject {
  const metadata = { name: `n-${uid}`, namespace: 'a', uid };
  return { apiVersion: 'test.careplane.dev/v1', kind: 'Clinic', metadata, spec: { text: 'x'.repeat(bytes) } };
}

function objects(count: number, bytes: number): AnyObject[] {
  return Array.from({ length: count }, (_, index) => objectOf(`u${index}`, bytes));
}

function uidsOf(held: readonly KubeObject[]): string[] {
  return held.map(({ metadata }) => metadata.uid ?? '').sort();
}

/** What a reader finds when the ConfigMaps are as given. */
function read(cluster: readonly (KubeObject | undefined)[]): { uids: string[]; parts: RecordPart[] } {
  const end = cluster.indexOf(undefined);
  const found = cluster.slice(0, end < 0 ? undefined : end).map((map) => readPart(map as KubeObject));
  return {
    uids: uidsOf(found.flatMap(({ objects: held }) => held)),
    parts: found.map(({ part }) => part),
  };
}

/** Does the first `steps` of the change's writes and removals. */
function carryOut(cluster: (KubeObject | undefined)[], change: RecordChange, steps = Infinity): boolean {
  const acts = [
    ...change.writes.map((index) => () => {
      const part = change.parts[index];
      if (part !== undefined) cluster[index] = partObject({ namespace: 's', name: `r-${index}` }, part);
    }),
    ...change.removals.map((index) => () => (cluster[index] = undefined)),
  ];
  for (const act of acts.slice(0, steps)) act();
  return steps >= acts.length;
}

describe('the record of held deletions', () => {
  it('is nothing at rest, one ConfigMap for a few objects, and nothing again afterwards', () => {
    expect(changeRecord([], [])).toMatchObject({ writes: [], removals: [] });
    const held = objects(6, 2_000);
    const first = changeRecord([], held);
    expect([first.writes, first.removals, first.unrecorded]).toEqual([[0], [], 0]);
    expect(changeRecord(first.parts, held)).toMatchObject({ writes: [], removals: [] });
    expect(changeRecord(first.parts, [])).toMatchObject({ writes: [], removals: [0], parts: [] });
  });

  it('keeps each ConfigMap below what the API server takes, and says what finds no room', () => {
    const many = changeRecord([], objects(1_000, 20_000));
    const sizes = many.parts.map(({ entries }) =>
      [...entries.values()].reduce((sum, json) => sum + Buffer.byteLength(json), 0),
    );
    expect(Math.max(...sizes)).toBeLessThan(MIB);
    expect(sizes).toHaveLength(recordNames('l').length);
    const recorded = many.parts.reduce((sum, { entries }) => sum + entries.size, 0);
    expect(recorded + many.unrecorded).toBe(1_000);
    expect(many.unrecorded).toBeGreaterThan(0);
    expect(changeRecord([], [objectOf('huge', MIB), objectOf('small')])).toMatchObject({ unrecorded: 1 });
  });

  it('takes what found no room as soon as there is some', () => {
    const all = objects(1_000, 20_000);
    const full = changeRecord([], all);
    expect(changeRecord(full.parts, all.slice(500)).unrecorded).toBe(0);
  });

  it('never loses, written by half, what was recorded and is held ever since; and the next write mends it', () => {
    const held = fc.subarray(objects(9, 300_000));
    const run = fc.record({ held, steps: fc.nat(5) });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 8 }), held, (changes, last) => {
        const cluster: (KubeObject | undefined)[] = [];
        let parts: readonly RecordPart[] = [];
        let safe: string[] = [];
        for (const { held: wanted, steps } of changes) {
          const change = changeRecord(parts, wanted);
          const isDone = carryOut(cluster, change, steps);
          parts = isDone ? change.parts : failedChange(change);
          safe = isDone ? uidsOf(wanted) : uidsOf(wanted).filter((uid) => safe.includes(uid));
          const { uids } = read(cluster);
          expect(safe.filter((uid) => !uids.includes(uid))).toEqual([]);
        }
        carryOut(cluster, changeRecord(parts, last));
        expect(read(cluster).uids).toEqual(uidsOf(last));
        // As a process sees it that begins now.
        const { writes, removals } = changeRecord(read(cluster).parts, last);
        expect([writes, removals]).toEqual([[], []]);
      }),
    );
  });

  it('tells what of it cannot be read without quoting it, keeps the rest, and leaves the damage to be seen', () => {
    const { parts } = changeRecord([], [objectOf('good')]);
    const map = partObject({ namespace: 's', name: 'r' }, parts[0] as RecordPart) as AnyObject & {
      data: Record<string, string>;
    };
    map.data = { ...map.data, broken: '{"secret', other: JSON.stringify(objectOf('x')), none: '{"kind":1}' };
    const found = readPart(map);
    expect(found.objects.map(({ metadata }) => metadata.uid)).toEqual(['good']);
    expect(found.faults).toEqual([
      { entry: 'broken', fault: 'is not JSON' },
      { entry: 'other', fault: 'is an object with another uid' },
      { entry: 'none', fault: 'is no object with apiVersion, kind, name and uid' },
    ]);
    expect(changeRecord([found.part], [objectOf('good')])).toMatchObject({ writes: [], removals: [] });
    expect(changeRecord([found.part], [])).toMatchObject({ removals: [0] });
  });

  it('reads a ConfigMap without data, or with binary data, as empty', () => {
    const metadata = { name: 'r', namespace: 's' };
    expect(readPart({ apiVersion: 'v1', kind: 'ConfigMap', metadata }).objects).toEqual([]);
  });
});
