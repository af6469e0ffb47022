import { describe, expect, it } from '@jest/globals';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { aService } from '../fixtures/objects.ts';
import {
  completedSecret,
  isWatched,
  missingKeys,
  SecretGenerator,
  watchSecrets,
} from './generated-secrets.ts';
import type { LiveReader } from '../../../runtime/controller.ts';
import type { AnyObject } from '../../../runtime/kube.ts';
import type { Secret } from '../../../k8s/types.ts';

const key = { namespace: 'clinic', name: 'identity-keys' };

function aSecret(data: Record<string, string>, ours: string[]): Secret {
  const owned = Object.fromEntries(ours.map((name) => [`f:${name}`, {}]));
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...key,
      resourceVersion: '7',
      managedFields: [{ manager: 'careplane', operation: 'Apply', fieldsV1: { 'f:data': owned } }],
    },
    data,
  };
}

describe('generated keys of a Secret', () => {
  it.each([
    ['that was not there take nothing from one that somebody makes at this moment', undefined, false],
    ['that is there are applied to what was read', aSecret({ made: 'bWFkZQ==' }, ['made']), true],
  ])('%s', async (_, secret, force) => {
    const service = aService('a', { secrets: [{ name: key.name, generate: ['made', 'new'] }] });
    const applied: unknown[] = [];
    const apply = (object: AnyObject, options?: { force?: boolean }): Promise<AnyObject> => {
      const { namespace, name } = object.metadata;
      applied.push({ namespace, name, force: options?.force });
      return Promise.resolve(object);
    };
    const asked: unknown[] = [];
    const get = (_: unknown, at: unknown): Promise<Secret | undefined> => {
      asked.push(at);
      return Promise.resolve(secret);
    };
    const live = { get } as unknown as LiveReader;
    expect(await new SecretGenerator().generate(service, [], { live, apply })).toEqual([key.name]);
    expect(asked).toEqual([key]);
    expect(applied).toEqual([{ ...key, force }]);
  });

  it('are made once for two services that name one Secret and are new at the same moment', async () => {
    const held: AnyObject[] = [];
    const live = { get: () => Promise.resolve(held.at(-1)) } as unknown as LiveReader;
    const apply = (object: AnyObject): Promise<AnyObject> => {
      held.push(object);
      return Promise.resolve(object);
    };
    const generator = new SecretGenerator();
    const services = ['a', 'b'].map((name) => {
      return aService(name, { secrets: [{ name: key.name, generate: ['made'] }] });
    });
    const made = await Promise.all(
      services.map((service) => generator.generate(service, [], { live, apply })),
    );
    expect([made, held.length]).toEqual([[[key.name], []], 1]);
  });

  it('are not made anew where they were there once', async () => {
    const applied: AnyObject[] = [];
    const live = { get: () => Promise.resolve(undefined) } as unknown as LiveReader;
    const apply = (object: AnyObject): Promise<AnyObject> =>
      Promise.resolve(object).finally(() => applied.push(object));
    const service = aService('a', { secrets: [{ name: key.name, generate: ['lost', 'new'] }] });
    const guarded = (...guardedKeys: string[]): { name: string; guardedKeys: string[] }[] => [
      { name: key.name, guardedKeys },
    ];
    const generator = new SecretGenerator();
    expect(await generator.generate(service, guarded('lost', 'new'), { live, apply })).toEqual([]);
    expect(applied).toEqual([]);
    await generator.generate(service, guarded('lost'), { live, apply });
    expect(Object.keys(applied[0]?.['data'] as object)).toEqual(['new']);
  });

  it('are those that are absent', () => {
    expect(missingKeys(undefined, ['a', 'b'])).toEqual(['a', 'b']);
    expect(missingKeys(aSecret({ a: '' }, []), ['a', 'b'])).toEqual(['b']);
  });

  it('hold 32 random bytes as base64url, different each time', () => {
    const values = [1, 2].map(() => {
      const data = completedSecret(key, undefined, ['a'])['data'] as { a: string };
      return Buffer.from(data.a, 'base64').toString();
    });
    expect(values[0]).not.toBe(values[1]);
    for (const value of values) {
      expect(value).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(Buffer.from(value, 'base64url')).toHaveLength(32);
    }
  });

  it('come with the keys made earlier, which leaving out would remove, and without what others wrote', () => {
    const secret = aSecret({ made: 'bWFkZQ==', theirs: 'dGhlaXJz' }, ['made']);
    const applied = completedSecret(key, secret, ['fresh']);
    expect(applied['data']).toEqual({ made: 'bWFkZQ==', fresh: expect.any(String) as unknown });
    expect(applied.metadata.resourceVersion).toBe('7');
  });

  it('come with every key there is when nobody knows whose they are', () => {
    const secret = aSecret({ made: 'bWFkZQ==' }, []);
    delete secret.metadata.managedFields;
    expect(completedSecret(key, secret, ['fresh'])['data']).toHaveProperty('made', 'bWFkZQ==');
  });

  it('come without what others own: another manager, or another way of writing', () => {
    const secret = aSecret({ applied: 'YQ==', updated: 'Yg==', foreign: 'Yw==' }, ['applied']);
    const fields = (name: string): object => ({ fieldsV1: { 'f:data': { [`f:${name}`]: {} } } });
    secret.metadata.managedFields = [
      ...(secret.metadata.managedFields ?? []),
      { manager: 'careplane', operation: 'Update', ...fields('updated') },
      { manager: 'kubectl', operation: 'Apply', ...fields('foreign') },
      { manager: 'careplane', operation: 'Apply', fieldsV1: { 'f:metadata': {} } },
    ];
    expect(completedSecret(key, secret, [])['data']).toEqual({ applied: 'YQ==' });
  });

  it('are in a labelled Secret of that name, which is the first of its kind where there was none', () => {
    expect(completedSecret(key, undefined, [])).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        ...key,
        labels: { 'app.kubernetes.io/part-of': 'careplane', 'careplane.dev/watched': 'true' },
      },
      data: {},
    });
  });

  it('are written only where one is missing', async () => {
    const whole = aSecret({ made: 'bWFkZQ==' }, ['made']);
    const applied: AnyObject[] = [];
    const live = { get: () => Promise.resolve(whole) } as unknown as LiveReader;
    const apply = (object: AnyObject): Promise<AnyObject> =>
      Promise.resolve(object).finally(() => applied.push(object));
    const generate = (service: HealthcareService): Promise<string[]> =>
      new SecretGenerator().generate(service, [], { live, apply });
    expect(await generate(aService('a', { secrets: [{ name: key.name, generate: ['made'] }] }))).toEqual([]);
    expect(await generate(aService('a', { secrets: [{ name: key.name }] }))).toEqual([]);
    expect(await generate(aService('a', {}))).toEqual([]);
    expect(applied).toEqual([]);
  });
});

describe('a Secret that others made', () => {
  const apply =
    (into: AnyObject[]) =>
    (object: AnyObject): Promise<AnyObject> => {
      into.push(object);
      return Promise.resolve(object);
    };

  it('is labelled where it is, with the keys that we once made', async () => {
    const there = aSecret({ made: 'bWFkZQ==', theirs: 'dGhlaXJz' }, ['made']);
    const asked: unknown[] = [];
    const live = {
      get: (_: unknown, at: { name: string }) => {
        asked.push(at);
        return Promise.resolve(at.name === key.name ? there : undefined);
      },
    } as unknown as LiveReader;
    const applied: AnyObject[] = [];
    await watchSecrets([key.name, 'absent'], key.namespace, { live, apply: apply(applied) });
    expect(asked).toEqual([key, { ...key, name: 'absent' }]);
    expect(applied).toEqual([completedSecret(key, there, [])]);
  });

  it('is heard of when it has the label', () => {
    const secret = aSecret({}, []);
    expect(isWatched(undefined)).toBe(false);
    expect(isWatched(secret)).toBe(false);
    expect(isWatched({ ...secret, metadata: { ...secret.metadata, labels: {} } })).toBe(false);
    const labels = { 'careplane.dev/watched': 'true' };
    expect(isWatched({ ...secret, metadata: { ...secret.metadata, labels } })).toBe(true);
    expect(
      isWatched({ ...secret, metadata: { ...secret.metadata, labels: { 'careplane.dev/watched': 'no' } } }),
    ).toBe(false);
  });
});
