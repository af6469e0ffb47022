import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import type { EncryptedStore } from '../../api/encryptedstore.ts';
import { readSettings } from '../../config.ts';
import { createAuthority, type KeyPair } from '../../pki/certificate.ts';
import { secretText } from '../../k8s/secret-data.ts';
import type { AnyObject } from '../../runtime/kube.ts';
import type { Observed } from './observed.ts';
import { aclUsers, plan } from './plan.ts';
import { usersCondition } from './users-condition.ts';

const ZONE = { namespace: 'clinic', clusterDomain: 'cluster.local' };
const SETTINGS = readSettings([], {});
let pair: KeyPair;

beforeAll(async () => {
  pair = await createAuthority('test', Date.parse('2026-11-21T12:00:00Z'));
});

function store(engine: 'mongodb' | 'redis', spec: Partial<EncryptedStore['spec']> = {}): EncryptedStore {
  return {
    apiVersion: 'careplane.dev/v1alpha1',
    kind: 'EncryptedStore',
    metadata: { name: 'db', namespace: 'clinic' },
    spec: {
      engine,
      members: 1,
      storage: { size: '2Gi' },
      encryption: { policy: 'Required' },
      deletionPolicy: 'Retain',
      ...spec,
    },
  };
}

function childrenOf(object: EncryptedStore, changes: Partial<Observed> = {}): AnyObject[] {
  const condition = { type: 'CertificatesValid', status: 'True', reason: 'Valid', message: '' } as const;
  const observed: Observed = {
    services: ['identity'],
    formerServices: [],
    insertOnly: new Map(),
    passwords: new Map([['identity', 'secret-word']]),
    departing: [],
    grace: { noted: [], wanted: [], now: 0, graceMs: 0 },
    root: 'root-word',
    certificate: { pair, bundle: pair.certificate, epoch: 'first', condition },
    storageClasses: [],
    claims: new Map(),
    pods: [],
    workload: undefined,
    refusal: undefined,
    members: object.spec.members,
    ...changes,
  };
  return plan(object, observed, SETTINGS, ZONE).children;
}

function child(children: AnyObject[], kind: string, name: string): AnyObject {
  const found = children.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
}

describe('the plan of an EncryptedStore', () => {
  it('binds a service to all members of a mongodb store, with the entries of the contract', () => {
    const secret = child(childrenOf(store('mongodb', { members: 3 })), 'Secret', 'identity.db');
    expect(secret).toMatchObject({ type: 'servicebinding.io/mongodb' });
    const uri = new URL((secretText(secret, 'uri') ?? '').replace(/,[^/]*/, ''));
    expect(uri.host).toBe('db-0.db.clinic.svc.cluster.local:27017');
    expect(uri.pathname).toBe('/identity');
    expect(Object.fromEntries(uri.searchParams)).toMatchObject({
      replicaSet: 'rs0',
      tls: 'true',
      authSource: 'identity',
    });
    expect(secretText(secret, 'uri')?.match(/db-\d\.db\.clinic/g)).toHaveLength(3);
    expect(['type', 'provider', 'username', 'database'].map((entry) => secretText(secret, entry))).toEqual([
      'mongodb',
      'careplane',
      'identity',
      'identity',
    ]);
    expect(secretText(secret, 'ca.crt')).toBe(pair.certificate);
  });

  it('binds a service to redis with its own key prefix', () => {
    const secret = child(childrenOf(store('redis')), 'Secret', 'identity.db');
    expect(secretText(secret, 'key-prefix')).toBe('identity:');
    expect(secretText(secret, 'uri')).toBe('rediss://identity:secret-word@db.clinic.svc.cluster.local:6379');
  });

  it('keeps what the data cannot be opened without, unless the data goes too', () => {
    const annotations = (policy: 'Retain' | 'Delete'): unknown =>
      child(childrenOf(store('mongodb', { deletionPolicy: policy })), 'Secret', 'db-keyfile').metadata
        .annotations;
    expect(annotations('Retain')).toEqual({ 'careplane.dev/retain': 'true' });
    expect(annotations('Delete')).toBeUndefined();
    const claims = (policy: 'Retain' | 'Delete'): unknown =>
      child(childrenOf(store('mongodb', { deletionPolicy: policy })), 'StatefulSet', 'db')['spec'];
    expect(claims('Retain')).toMatchObject({
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain' },
    });
    expect(claims('Delete')).toMatchObject({
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete' },
    });
  });

  it('requires TLS and authorization of mongod, and bounds its cache and oplog', () => {
    const { data } = child(childrenOf(store('mongodb')), 'ConfigMap', 'db-config') as unknown as {
      data: Record<string, string>;
    };
    const config = parse(data['mongod.conf'] ?? '') as Record<string, unknown>;
    expect(config).toMatchObject({
      net: { tls: { mode: 'requireTLS', allowConnectionsWithoutCertificates: true } },
      security: { authorization: 'enabled', keyFile: '/run/careplane/keyfile' },
      storage: { wiredTiger: { engineConfig: { cacheSizeGB: 0.4 } } },
      replication: { oplogSizeMB: 204 },
      setParameter: { transactionLifetimeLimitSeconds: 20 },
    });
  });

  it('lets in the declaring services, the members and the operator, and nobody else', () => {
    const policy = child(childrenOf(store('mongodb')), 'NetworkPolicy', 'db') as unknown as {
      spec: { ingress: unknown[] };
    };
    const ports = [{ protocol: 'TCP', port: 27017 }];
    const matchExpressions = [{ key: 'careplane.dev/service', operator: 'In', values: ['identity'] }];
    expect(policy.spec.ingress).toEqual([
      { from: [{ podSelector: { matchExpressions } }], ports },
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'careplane-system' } } }],
        ports,
      },
      { from: [{ podSelector: { matchLabels: { 'careplane.dev/store': 'db' } } }], ports },
    ]);
    const none = child(
      childrenOf(store('redis'), { services: [], passwords: new Map() }),
      'NetworkPolicy',
      'db',
    );
    expect(JSON.stringify(none)).not.toContain('careplane.dev/service');
  });

  it('lets in the pods of services that declare it no more until they are gone, and makes them no credentials', () => {
    const children = childrenOf(store('mongodb'), { formerServices: ['billing'] });
    const policy = JSON.stringify(child(children, 'NetworkPolicy', 'db'));
    expect(policy).toContain('"values":["billing","identity"]');
    expect(children.map(({ metadata }) => metadata.name)).not.toContain('billing.db');
  });

  it.each([
    ['mongodb', /alarm 2;|timeout -k 1 8 mongosh/],
    ['redis', /timeout -k 1 2 redis-cli/],
  ] as const)('has the readiness probe of %s end before the kubelet cuts it off', (engine, own) => {
    const set = child(childrenOf(store(engine)), 'StatefulSet', 'db') as unknown as {
      spec: { template: { spec: { containers: { readinessProbe: unknown }[] } } };
    };
    const probe = set.spec.template.spec.containers[0]?.readinessProbe;
    expect(probe).toMatchObject({ periodSeconds: 10, timeoutSeconds: 10 });
    expect(JSON.stringify(probe)).toMatch(own);
  });

  it('restarts members in an order of its own, but for a set that was made with rolling updates', () => {
    const strategy = (workload: Observed['workload']): unknown =>
      (
        child(childrenOf(store('mongodb'), { workload }), 'StatefulSet', 'db')['spec'] as {
          updateStrategy: unknown;
        }
      ).updateStrategy;
    const made = (type: string): Observed['workload'] => ({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: { updateStrategy: { type } },
    });
    expect(strategy(undefined)).toEqual({ type: 'OnDelete' });
    expect(strategy(made('OnDelete'))).toEqual({ type: 'OnDelete' });
    expect(strategy(made('RollingUpdate'))).toEqual({ type: 'RollingUpdate' });
  });

  it('rolls the pods for another certificate, and not for another user', () => {
    const hashes = (changes: Partial<Observed>): string =>
      JSON.stringify(
        (
          child(childrenOf(store('redis'), changes), 'StatefulSet', 'db')['spec'] as {
            template: { metadata: unknown };
          }
        ).template.metadata,
      );
    const passwords = new Map([['gateway', 'x']]);
    expect(hashes({ passwords, services: ['gateway'] })).toBe(hashes({}));
    const condition = { type: 'CertificatesValid', status: 'True', reason: 'Valid', message: '' } as const;
    const renewed = { pair: { ...pair, certificate: 'other' }, bundle: 'both', condition };
    // running servers take a renewed certificate up; one that has an expired one cannot be talked to
    expect(hashes({ certificate: { ...renewed, epoch: 'first' } })).toBe(hashes({}));
    expect(hashes({ certificate: { ...renewed, epoch: 'second' } })).not.toBe(hashes({}));
  });

  it("has the engine's own users once in the ACL file, whatever a service is called", () => {
    const services = ['careplane-operator', 'default', 'identity'];
    const passwords = new Map(services.map((service) => [service, 'x']));
    const acl = child(childrenOf(store('redis'), { services, passwords }), 'Secret', 'db-acl');
    const users = (secretText(acl, 'users.acl') ?? '').trim().split('\n');
    expect(users.map((line) => line.split(' ')[1]).sort()).toEqual([
      'careplane-operator',
      'careplane-probe',
      'default',
      'identity',
    ]);
    expect(usersCondition({ userChanges: 0, ...aclUsers({ root: 'x', passwords }) }, 3)).toEqual([
      expect.objectContaining({
        status: 'False',
        reason: 'UsersRefused',
        message: expect.stringMatching(/^no user for careplane-operator .*default/) as unknown,
      }),
    ]);
  });

  it('shows no password outside of Secrets', () => {
    for (const engine of ['mongodb', 'redis'] as const) {
      const open = childrenOf(store(engine)).filter(({ kind }) => kind !== 'Secret');
      expect(JSON.stringify(open)).not.toMatch(/secret-word|root-word|PRIVATE KEY/);
    }
  });
});
