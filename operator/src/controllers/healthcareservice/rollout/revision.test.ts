import { describe, expect, it } from '@jest/globals';
import { controllerRevision, isRevisionHash, keptRevision, revisionOf } from './revision.ts';
import type { ControllerRevision, PodTemplate } from '../../../k8s/types.ts';

const content: PodTemplate = {
  metadata: { labels: { app: 'a' } },
  spec: { containers: [{ image: 'a:1', resources: { requests: { cpu: '20m' } } }] },
};

describe('a revision', () => {
  it('has the same hash for the same content, whatever the order of its fields', () => {
    const { metadata, spec } = content;
    expect(revisionOf({ spec, metadata }).text).toBe(revisionOf(content).text);
    expect(revisionOf({ spec, metadata }).hash).toBe(revisionOf(content).hash);
    expect(isRevisionHash(revisionOf(content).hash)).toBe(true);
  });

  it('comes back from its object exactly as it was', () => {
    const revision = revisionOf(content);
    const object = controllerRevision('a', revision, 3);
    expect(object).toMatchObject({
      kind: 'ControllerRevision',
      revision: 3,
      metadata: { name: `a-${revision.hash}` },
    });
    const kept = keptRevision(object as unknown as ControllerRevision);
    expect(kept?.hash).toBe(revision.hash);
    expect(kept?.template).toEqual(revision.template);
    expect(kept?.text).toBe(revision.text);
  });

  it('is not seen in a ControllerRevision of somebody else', () => {
    const foreign = {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: { name: 'x' },
      revision: 1,
    };
    expect(keptRevision({ ...foreign, data: { spec: {} } })).toBeUndefined();
  });
});
