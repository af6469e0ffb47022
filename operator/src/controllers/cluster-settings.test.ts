import { beforeAll, describe, expect, it } from '@jest/globals';
import { readSettings } from '../config.ts';
import { createAuthority, type KeyPair } from '../pki/certificate.ts';
import type { AnyObject } from '../runtime/kube.ts';
import { childrenOf, ENGINES } from './fixtures/engine-plans.ts';
import { aService, observedOf } from './healthcareservice/fixtures/objects.ts';
import { plan } from './healthcareservice/plan.ts';

const OURS = readSettings(
  [
    '--dns-servers=dns/app=resolver:5300',
    '--api-server-ports=16443',
    '--image-pull-secrets=registry,mirror',
    '--grafana-image=a/grafana:1',
  ],
  {},
);

let pair: KeyPair;

beforeAll(async () => {
  pair = await createAuthority('test', Date.now());
});

/** Everything that is made for one object of each kind that makes pods. */
function children(): AnyObject[] {
  const service = aService('mails');
  const ofService = plan(service, observedOf(service), OURS).children;
  return [...ENGINES.flatMap((engine) => childrenOf(engine, pair, OURS)), ...ofService];
}

interface Rule {
  ports?: { port: number }[];
}

const egress = (policy: AnyObject): Rule[] => (policy['spec'] as { egress: Rule[] }).egress;

describe('what the cluster decides', () => {
  it('is in every NetworkPolicy: where names are resolved, and nowhere else', () => {
    const policies = children().filter(({ kind }) => kind === 'NetworkPolicy');
    expect(policies).toHaveLength(6);
    for (const policy of policies) {
      expect(egress(policy)[0]).toEqual({
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'dns' } },
            podSelector: { matchLabels: { app: 'resolver' } },
          },
        ],
        ports: [
          { protocol: 'UDP', port: 5300 },
          { protocol: 'TCP', port: 5300 },
        ],
      });
      expect(JSON.stringify(policy)).not.toContain('kube-dns');
    }
  });

  it('is in the policy of Prometheus: where the API server answers', () => {
    const policies = children().filter(({ kind }) => kind === 'NetworkPolicy');
    const ports = policies.flatMap((policy) => egress(policy)).flatMap(({ ports = [] }) => ports);
    const numbers = ports.map(({ port }) => port);
    expect(numbers).toContain(16_443);
    expect(numbers).not.toContain(443);
  });

  it('is in every pod: how its images are pulled', () => {
    const workloads = children().filter(({ kind }) => kind === 'StatefulSet' || kind === 'Deployment');
    const pods = workloads.map(({ spec }) => (spec as { template: { spec: object } }).template.spec);
    expect(pods).toHaveLength(6);
    for (const pod of pods)
      expect(pod).toMatchObject({ imagePullSecrets: [{ name: 'registry' }, { name: 'mirror' }] });
  });
});
