import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clusterBinaries, until } from '@careplane/testing';
import { parseAllDocuments } from 'yaml';
import { aService, aStore, predicted, TestCluster, type Service } from '../fixtures/test-cluster.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.start();
  await cluster.startOperator();
}, 180_000);

afterAll(async () => {
  await cluster.stop();
});

/** The ClusterRole for people who plan, as the chart has it. */
async function planRoles(): Promise<Service[]> {
  const chart = fileURLToPath(new URL('../../../charts/careplane', import.meta.url));
  const { stdout } = await promisify(execFile)(join(clusterBinaries(), 'helm'), [
    ...['template', 'careplane', chart, '--kube-version', '1.36.3', '--show-only', 'templates/rbac.yaml'],
  ]);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS() as Service)
    .filter(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'careplane-plan');
}

describe('careplane plan', () => {
  it('says of what could not be foreseen that it failed, and ends with 1: never that nothing changes', async () => {
    // Nobody replaces an authority that is damaged, so a new certificate cannot be had.
    const name = 'careplane-ca-ward';
    const damaged = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: { 'tls.crt': 'eA==' } };
    await cluster.server.api.apply(`/api/v1/namespaces/default/secrets/${name}`, damaged);
    const path = await cluster.fileOf(aStore('vault', 'ward'));
    const { code, output } = await cluster.careplane('plan', '-f', path, '--operator-namespace', 'default');
    expect(code).toBe(1);
    expect(output).toMatch(/^failed: EncryptedStore vault: its children cannot be planned: .*restore it/m);
    expect(output).not.toContain('No changes');
  }, 60_000);

  it('fails for a store whose Secret is gone while its volume is there, and plans no new one', async () => {
    const path = await cluster.fileOf(aStore('records'));
    await cluster.apply(path);
    const { api } = cluster.server;
    const secret = '/api/v1/namespaces/clinic/secrets/records-admin';
    await until(async () => (await api.request('GET', secret)).status === 200, { what: 'the Secret' });
    const metadata = { name: 'data-records-0', labels: { 'careplane.dev/store': 'records' } };
    await api.apply(`/api/v1/namespaces/clinic/persistentvolumeclaims/${metadata.name}`, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata,
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    await api.demand('DELETE', secret);
    const { code, changes, failed } = await cluster.planOf(path);
    expect({ code, changes }).toEqual({ code: 1, changes: [] });
    expect(failed).toEqual([
      expect.stringMatching(/^EncryptedStore records: .*the Secret records-admin .* is gone/),
    ]);
    await api.demand('DELETE', '/apis/careplane.dev/v1alpha1/namespaces/clinic/encryptedstores/records');
  }, 60_000);

  it('refuses what the webhook refuses, and says who does not look at the namespace', async () => {
    const spec = {
      selector: { matchLabels: { a: 'b' } },
      template: {
        metadata: { labels: { a: 'b' } },
        spec: {
          containers: [{ name: 'o', image: 'o:1', args: ['--webhook-port=9443', '--namespaces=ward'] }],
        },
      },
    };
    const metadata = { name: 'strict-operator' };
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec };
    await cluster.server.api.apply(
      '/apis/apps/v1/namespaces/default/deployments/strict-operator',
      deployment,
    );
    const path = await cluster.fileOf(aService('twin'), aStore('twin'));
    const strict = await cluster.planOf(path, '--operator-deployment', 'strict-operator');
    expect(strict.code).toBe(1);
    expect(strict.refused.join('\n')).toContain(
      'EncryptedStore twin: metadata.name: HealthcareService twin owns',
    );
    expect(strict.warnings.join('\n')).toContain(
      'nothing of what is in the namespace clinic: it looks at ward only',
    );
    // Without a webhook nobody refuses it.
    const lenient = await cluster.planOf(path);
    expect(lenient.refused).toEqual([]);
    expect(lenient.warnings.join('\n')).toContain('EncryptedStore twin: metadata.name: ');
  }, 60_000);

  describe('with the rights of careplane-plan in the namespace and no other', () => {
    const PLANNER = 'planner';
    let kubeconfig: string;

    beforeAll(async () => {
      for (const role of await planRoles())
        await cluster.server.api.apply(
          `/apis/rbac.authorization.k8s.io/v1/clusterroles/${role.metadata.name}`,
          role,
        );
      const apiGroup = 'rbac.authorization.k8s.io';
      await cluster.server.api.apply(`/apis/${apiGroup}/v1/namespaces/clinic/rolebindings/plan`, {
        apiVersion: `${apiGroup}/v1`,
        kind: 'RoleBinding',
        metadata: { name: 'plan' },
        roleRef: { apiGroup, kind: 'ClusterRole', name: 'careplane-plan' },
        subjects: [{ apiGroup, kind: 'User', name: PLANNER }],
      });
      kubeconfig = await cluster.server.kubeconfigFor(PLANNER, { groups: ['system:authenticated'] });
      // What needs the operator's own keys: a fingerprint of Secrets, a certificate.
      const path = await cluster.fileOf(
        aService('keeper', { secrets: [{ name: 'keys', generate: ['token'] }] }),
        aStore('vault'),
      );
      await cluster.apply(path);
      await cluster.settled('keeper');
    }, 120_000);

    it('plans what an administrator plans, and says what it cannot know', async () => {
      const same = await cluster.fileOf(
        aService('keeper', { secrets: [{ name: 'keys', generate: ['token'] }] }),
        aStore('vault'),
      );
      expect((await cluster.planOf(same)).changes).toEqual([]);
      const atRest = await cluster.planOf(same, '--kubeconfig', kubeconfig);
      expect(atRest).toMatchObject({ code: 0, changes: [], failed: [], refused: [] });
      const notes = atRest.warnings.join('\n');
      expect(notes).toContain('the Deployment careplane-operator in default may not be read');
      expect(notes).toContain("the operator's keys in default may not be read");
      expect(notes).toContain(
        'what is in clinic may not be applied with these rights, not even as a dry run',
      );
      expect(notes).toContain('storageclasses of the whole cluster may not be listed');

      const changed = await cluster.fileOf(
        aService('keeper', { secrets: [{ name: 'keys', generate: ['token'] }], config: { COLOUR: 'red' } }),
        aStore('vault', 'clinic', { resources: { limits: { memory: '600Mi' } } }),
        aStore('second'),
      );
      const admins = await cluster.planOf(changed);
      const planners = await cluster.planOf(changed, '--kubeconfig', kubeconfig);
      expect(planners.failed).toEqual([]);
      expect(predicted(planners)).toEqual(predicted(admins));
      expect(predicted(planners)).toContain('patch secrets/second-tls');
      expect(predicted(planners)).toContain('patch deployments/keeper');
    }, 120_000);

    it('names the role where it has no rights at all', async () => {
      const path = await cluster.fileOf(aService('a'));
      const stranger = await cluster.server.kubeconfigFor('stranger', { groups: ['system:authenticated'] });
      const { code, errors } = await cluster.careplane('plan', '-f', path, '--kubeconfig', stranger);
      expect(code).toBe(1);
      expect(errors).toMatch(
        /^careplane: not allowed: .*The ClusterRole careplane-plan holds all that a plan needs\n$/,
      );
    }, 60_000);
  });
});
