import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { AnyObject } from '../../../runtime/kube.ts';
import type { Context } from '../../../runtime/controller.ts';
import { FingerprintKey, FINGERPRINT_SECRET, fingerprintOf } from './secret-fingerprint.ts';
import type { Secret } from '../../../k8s/types.ts';

const key = Buffer.alloc(32, 7);

function aSecret(data: Record<string, string>, metadata: Partial<Secret['metadata']> = {}): Secret {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys', ...metadata }, data };
}

/** An API server that holds Secrets. */
function server(): { held: Map<string, AnyObject>; context: Pick<Context, 'live' | 'apply'> } {
  const held = new Map<string, AnyObject>();
  const context: Pick<Context, 'live' | 'apply'> = {
    live: {
      get: (_, { namespace = '', name }) => Promise.resolve(held.get(`${namespace}/${name}`) as never),
      list: () => Promise.resolve([...held.values()] as never),
    },
    apply: (object) => {
      held.set(`${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
      return Promise.resolve(object);
    },
  };
  return { held, context };
}

describe('the fingerprint of Secrets', () => {
  it('changes with their contents only', () => {
    const before = fingerprintOf(key, [aSecret({ a: 'eA==' })]);
    expect(fingerprintOf(key, [aSecret({ a: 'eA==' }, { resourceVersion: '2', labels: { x: 'y' } })])).toBe(
      before,
    );
    expect(fingerprintOf(key, [aSecret({ a: 'eQ==' })])).not.toBe(before);
    expect(fingerprintOf(key, [aSecret({ b: 'eA==' })])).not.toBe(before);
  });

  it('cannot be guessed without the key, however few contents are possible', () => {
    const data = { pin: Buffer.from('1234').toString('base64') };
    const mine = fingerprintOf(key, [aSecret(data)]);
    expect(fingerprintOf(Buffer.alloc(32, 8), [aSecret(data)])).not.toBe(mine);
    const plain = createHash('sha256')
      .update(JSON.stringify([['keys', data]]))
      .digest('base64url');
    expect(plain).not.toContain(mine);
  });
});

describe('the key of the fingerprints', () => {
  it('is made once, in the operator’s own namespace, and found again by the next operator', async () => {
    const { held, context } = server();
    const first = new FingerprintKey('careplane-system');
    expect(await first.read(context)).toBeUndefined();
    await first.make(context);
    await new FingerprintKey('careplane-system').make(context);
    expect([...held.keys()]).toEqual([`careplane-system/${FINGERPRINT_SECRET}`]);
    const found = await new FingerprintKey('careplane-system').read(context);
    expect(found).toEqual(await first.read(context));
    expect(found).toHaveLength(32);
  });

  it('is one key when the first services of a cluster all find none', async () => {
    const { held, context } = server();
    const key = new FingerprintKey('careplane-system');
    const made: unknown[] = [];
    const apply: typeof context.apply = (object) => {
      made.push(object);
      return context.apply(object);
    };
    await Promise.all([1, 2, 3].map(() => key.make({ ...context, apply })));
    expect(made).toHaveLength(1);
    expect(await key.read(context)).toEqual(await new FingerprintKey('careplane-system').read(context));
    expect(held.size).toBe(1);
  });
});
