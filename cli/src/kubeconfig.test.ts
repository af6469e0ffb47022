import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chooseContext } from './kubeconfig.ts';

let folder: string;
const path = (name: string): string => join(folder, name);

function write(
  name: string,
  current: string | undefined,
  contexts: Record<string, string | undefined>,
): void {
  const list = Object.entries(contexts).map(([context, namespace]) => ({
    name: context,
    context: { cluster: 'c', user: 'u', ...(namespace === undefined ? {} : { namespace }) },
  }));
  writeFileSync(
    path(name),
    JSON.stringify({ ...(current === undefined ? {} : { 'current-context': current }), contexts: list }),
  );
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'careplane-kubeconfig-'));
  write('one', 'a', { a: 'clinic', b: undefined });
  write('two', undefined, { c: undefined });
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the context', () => {
  it('is the current one with the namespace that it prefers', async () => {
    expect(await chooseContext({}, { KUBECONFIG: path('one') })).toEqual({
      path: path('one'),
      name: 'a',
      namespace: 'clinic',
    });
  });

  it('is the named one, and -n comes before its namespace', async () => {
    expect(await chooseContext({ context: 'b', namespace: 'x' }, { KUBECONFIG: path('one') })).toMatchObject({
      name: 'b',
      namespace: 'x',
    });
  });

  it('is looked for in every file of KUBECONFIG, one of which may be missing', async () => {
    const KUBECONFIG = [path('gone'), path('one'), path('two')].join(':');
    expect(await chooseContext({ context: 'c' }, { KUBECONFIG })).toMatchObject({
      path: path('two'),
      namespace: 'default',
    });
  });

  it('that is not there is answered with those that are', async () => {
    await expect(chooseContext({ context: 'z' }, { KUBECONFIG: path('one') })).rejects.toThrow(
      `there is no context z in ${path('one')}; there are: a, b`,
    );
    await expect(chooseContext({ kubeconfig: path('two') }, {})).rejects.toThrow('has no current context');
  });
});
