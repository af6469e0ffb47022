import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clusterBinaries } from '@careplane/testing';
import { describe, expect, it } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import type { PolicyRule } from './rbac.ts';

interface Role {
  kind: string;
  metadata: { name: string };
  rules?: PolicyRule[];
}

const run = promisify(execFile);
const CHART = join(import.meta.dirname, '../../charts/careplane');

interface Binding {
  kind: string;
  roleRef: { name: string };
}

/** What the chart makes with these values (JSON). */
async function rendered(values: Record<string, string>): Promise<(Role | Binding | null)[]> {
  const set = Object.entries(values).flatMap(([name, value]) => ['--set-json', `${name}=${value}`]);
  const options = ['--namespace', 'careplane-system', '--kube-version', '1.36.3', ...set];
  const { stdout } = await run(
    join(clusterBinaries(), 'helm'),
    ['template', 'careplane', CHART, ...options],
    {
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return parseAllDocuments(stdout).map((document) => document.toJS() as Role | Binding | null);
}

/** The ClusterRoles among it that are bound: what is only offered, to people, grants nobody anything. */
async function clusterRoles(values: Record<string, string>): Promise<Role[]> {
  const objects = await rendered(values);
  const bindings = objects.filter((object) => object?.kind === 'ClusterRoleBinding') as Binding[];
  const bound = new Set(bindings.map(({ roleRef }) => roleRef.name));
  const roles = objects.filter((object) => object?.kind === 'ClusterRole') as Role[];
  return roles.filter(({ metadata }) => bound.has(metadata.name));
}

function grantsSecrets({ rules = [] }: Role): boolean {
  return rules.some(({ resources }) => resources?.includes('secrets'));
}

describe('rights on the Secrets of the whole cluster', () => {
  it.each([
    ['the values as they come', {}],
    ['several namespaces', { watchNamespaces: '["a","b"]' }],
  ])('are not granted by %s', async (_what, values) => {
    const roles = await clusterRoles(values);
    expect(roles.length).toBeGreaterThan(0);
    expect(roles.filter(grantsSecrets)).toEqual([]);
  });

  it.each([
    ['all namespaces', { watchNamespaces: '[]' }],
    ['a shard', { watchNamespaces: '[]', namespaceSelector: '"shard=one"', shard: '"one"' }],
  ])('are granted by %s, by one role', async (_what, values) => {
    expect((await clusterRoles(values)).filter(grantsSecrets)).toHaveLength(1);
  });

  it('nor any other right is granted with Roles alone, which the chart refuses for all namespaces or with webhooks', async () => {
    const alone = { clusterRights: 'false', 'webhook.enabled': 'false' };
    const kinds = (await rendered(alone)).map((object) => object?.kind);
    expect(kinds.filter((kind) => kind?.startsWith('ClusterRole'))).toEqual([]);
    await expect(clusterRoles({ ...alone, watchNamespaces: '[]' })).rejects.toThrow('needs watchNamespaces');
    await expect(clusterRoles({ clusterRights: 'false' })).rejects.toThrow('webhook.enabled: false');
  });
});
