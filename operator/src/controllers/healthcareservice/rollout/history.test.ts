import { describe, expect, it } from '@jest/globals';
import { LABEL } from '../../../api/group.ts';
import type { ControllerRevision, Deployment } from '../../../k8s/types.ts';
import { aDeployment } from '../fixtures/objects.ts';
import { Revision } from './revision.ts';
import { historyOf, pastOf, withTarget } from './history.ts';
import { historyObjects } from './objects.ts';

const hash = (digit: number): string => String(digit).repeat(10);
const revision = (digit: number): Revision =>
  new Revision(hash(digit), { text: `{"metadata":{},"spec":{"n":${String(digit)}}}` });

/** The history after these revisions were asked for, one after the other. */
function asked(...digits: number[]): ControllerRevision[] {
  let kept: ControllerRevision[] = [];
  for (const digit of digits) {
    const history = withTarget(historyOf(kept, undefined), revision(digit));
    kept = historyObjects('a', history, new Set([hash(digit)])) as unknown as ControllerRevision[];
  }
  return kept;
}

const numbers = (kept: readonly ControllerRevision[]): Record<string, number> =>
  Object.fromEntries(kept.map(({ metadata, revision: number }) => [metadata.name.slice(2, 3), number]));

function aDeploymentWith(label: string): Deployment {
  const template = { metadata: { labels: { [LABEL.revision]: label } }, spec: { containers: [] } };
  return { ...aDeployment('a', 1), spec: { template } };
}

describe('the history of revisions', () => {
  it('numbers the first from 1, also where only the Deployment knows it', () => {
    expect(numbers(asked(1))).toEqual({ 1: 1 });
    const known = historyOf([], aDeploymentWith(hash(1)));
    expect(known.get(hash(1))?.number).toBe(0);
    expect(withTarget(known, revision(1)).get(hash(1))?.number).toBe(1);
  });

  it('has of the Deployment only what has a hash, and of an object on record what is on record', () => {
    expect(historyOf([], aDeploymentWith('latest')).size).toBe(0);
    expect(historyOf([], aDeployment('a', 1)).size).toBe(0);
    const bare = aDeployment('a', 1);
    delete bare.spec;
    expect(historyOf([], bare).size).toBe(0);
    expect(historyOf(asked(1), aDeploymentWith(hash(1))).get(hash(1))).toMatchObject({ number: 1 });
  });

  it('has the content that the Deployment has, where no object keeps it', () => {
    const deployment = aDeploymentWith(hash(1));
    const known = historyOf(asked(2), deployment);
    expect(known.get(hash(1))?.revision.template).toBe(deployment.spec?.template);
    expect([...known.keys()].sort()).toEqual([hash(1), hash(2)]);
  });

  it('lacks ControllerRevisions that are not ours', () => {
    const [ours] = asked(1);
    if (ours === undefined) throw new Error('no revision');
    const unlabelled = { ...ours, metadata: { name: 'x' } };
    expect(historyOf([unlabelled, { ...ours, data: { template: 1 } }], undefined).size).toBe(0);
  });

  it('numbers them as they are asked for', () => {
    expect(numbers(asked(1, 2, 3))).toEqual({ 1: 1, 2: 2, 3: 3 });
  });

  it('changes nothing while the same one is asked for', () => {
    expect(asked(1, 2, 2, 2)).toEqual(asked(1, 2));
  });

  it('makes an old one the newest when it is asked for again, with the same content', () => {
    const kept = asked(1, 2, 1);
    expect(numbers(kept)).toEqual({ 1: 3, 2: 2 });
    expect(kept.find(({ metadata }) => metadata.name === `a-${hash(1)}`)?.data).toEqual(asked(1)[0]?.data);
  });
});

describe('what is known from before of the spec’s revision', () => {
  const record = {
    begun: { revision: hash(1), at: 5 },
    ready: [
      { revision: hash(1), at: 7 },
      { revision: hash(9), at: 3 },
      { revision: hash(2), at: 2 },
    ],
    failed: undefined,
  };
  const kept = historyOf(asked(1, 2), undefined);

  it('is when it was begun and Ready, and the last other one that was Ready and is still on record', () => {
    const past = pastOf(record, kept, revision(1));
    expect(past).toMatchObject({ begunAt: 5, readyAt: 7, former: { hash: hash(2) } });
    expect([...past.history.keys()]).toEqual([hash(1), hash(2)]);
  });

  it('is nothing of a new one', () => {
    const past = pastOf(record, kept, revision(3));
    expect(past).toMatchObject({ begunAt: undefined, readyAt: undefined, former: { hash: hash(1) } });
    expect(pastOf({ ...record, begun: undefined }, kept, revision(1)).begunAt).toBeUndefined();
    const none = { begun: undefined, ready: [], failed: undefined };
    expect(pastOf(none, kept, revision(1)).former).toBeUndefined();
  });
});
