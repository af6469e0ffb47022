import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../errors.ts';
import type { AnyObject } from '../kube.ts';
import { childrenConditions } from './children-report.ts';
import { unlessRefused, type RefusedChild } from './refused-child.ts';

const secret = (name: string, type = 'Opaque'): AnyObject & { type: string } => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  type,
});
const binding = secret('neighbour.db', 'servicebinding.io/mongodb');
const workload = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db' },
  spec: { template: { spec: { volumes: [{ secret: { secretName: 'db-tls' } }] } } },
};
const policy: AnyObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'db' },
};

async function refused(...children: AnyObject[]): Promise<RefusedChild[]> {
  const found: RefusedChild[] = [];
  const refuse = (): Promise<void> =>
    Promise.reject(
      new ApiError({ status: 403, reason: 'Forbidden', message: 'exceeded quota', path: '/secrets' }),
    );
  for (const child of children) await unlessRefused(child, found, refuse);
  await unlessRefused(workload, found, () => Promise.resolve());
  return found;
}

describe('pods wait for a refused child', () => {
  it.each<[string, AnyObject]>([
    ['a Secret that they mount', secret('db-tls')],
    ['a policy', policy],
  ])('that is %s', async (_what, child) => {
    const why = `waits for ${child.kind} ${child.metadata.name}`;
    expect(await refused(child)).toContainEqual({ child: 'StatefulSet db', makesPods: true, why });
  });

  it.each<[string, AnyObject]>([
    ['the credentials of a neighbour', binding],
    ['a Secret whose name only begins like that of theirs', secret('db-tl')],
  ])('unless it is %s', async (_what, child) => {
    expect((await refused(child)).map((one) => one.child)).toEqual([`Secret ${child.metadata.name}`]);
  });
});

describe('a refused child', () => {
  it('is a condition of its owner, and one that only informs where a neighbour misses it', async () => {
    const [forbidden] = childrenConditions({ held: [], refused: await refused(policy) });
    expect(forbidden).toMatchObject({ type: 'ChildrenInSync', status: 'False', alarming: true });
    expect(forbidden).not.toHaveProperty('informs');
    const conditions = childrenConditions({ held: [], refused: await refused(binding) });
    expect(conditions).toMatchObject([
      { type: 'BindingsWritten', status: 'False', reason: 'BindingRefused', informs: true, alarming: true },
    ]);
    expect(conditions[0]?.message).toContain('Secret neighbour.db: exceeded quota');
  });
});
