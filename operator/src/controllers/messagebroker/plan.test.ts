import { beforeAll, describe, expect, it } from '@jest/globals';
import type { MessageBroker } from '../../api/messagebroker.ts';
import { readSettings } from '../../config.ts';
import { createAuthority, type KeyPair } from '../../pki/certificate.ts';
import { secretText } from '../../k8s/secret-data.ts';
import type { Plan } from '../../runtime/controller.ts';
import type { AnyObject } from '../../runtime/kube.ts';
import { topologyCondition } from './topology-condition.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';

const ZONE = { namespace: 'clinic', clusterDomain: 'cluster.local' };
let pair: KeyPair;

beforeAll(async () => {
  pair = await createAuthority('test', Date.parse('2026-11-21T12:00:00Z'));
});

function planOf(nodes: 1 | 3, presentNodes: number): Plan {
  const broker: MessageBroker = {
    apiVersion: 'careplane.dev/v1alpha1',
    kind: 'MessageBroker',
    metadata: { name: 'broker', namespace: 'clinic' },
    spec: { nodes, storage: { size: '1Gi' }, deletionPolicy: 'Retain' },
  };
  const condition = { type: 'CertificatesValid', status: 'True', reason: 'Valid', message: '' } as const;
  const observed: Observed = {
    services: [{ service: 'identity', publishes: ['patient.registered'], consumes: [] }],
    rolling: new Set(),
    formerServices: ['former'],
    passwords: new Map([['identity', 'secret-word']]),
    departing: [],
    grace: { noted: [], wanted: [], now: 0, graceMs: 0 },
    adminPassword: 'admin-word',
    cookie: 'cookie-word',
    certificate: { pair, bundle: pair.certificate, epoch: 'first', condition },
    pods: [],
    refusal: undefined,
    presentNodes,
  };
  return plan(broker, observed, readSettings([], {}), ZONE);
}

function child(children: AnyObject[], kind: string, name: string): AnyObject {
  const found = children.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
}

describe('the plan of a MessageBroker', () => {
  it('binds a service with the entries of the contract', () => {
    const secret = child(planOf(1, 1).children, 'Secret', 'identity.broker');
    expect(secretText(secret, 'uri')).toBe(
      'amqps://identity:secret-word@broker.clinic.svc.cluster.local:5671/clinic',
    );
    expect(secretText(secret, 'virtual-host')).toBe('clinic');
    expect(secret).toMatchObject({ type: 'servicebinding.io/rabbitmq' });
  });

  it('keeps a cluster that is to shrink as it is until a node may leave', () => {
    const { children, conditions, status } = planOf(1, 3);
    expect(child(children, 'StatefulSet', 'broker')['spec']).toMatchObject({ replicas: 3 });
    expect(JSON.stringify(child(children, 'ConfigMap', 'broker-config'))).toContain('nodes.3 = ');
    expect(conditions).toContainEqual(
      expect.objectContaining({ type: 'NodesAsDeclared', status: 'Unknown' }),
    );
    expect(status).toMatchObject({ shrinkingTo: 3 });
    expect(planOf(3, 1).status).not.toHaveProperty('shrinkingTo');
  });

  it('lets nodes find each other by name, and lets no plain connection in', () => {
    const { data } = child(planOf(3, 0).children, 'ConfigMap', 'broker-config') as unknown as {
      data: Record<string, string>;
    };
    const config = data['rabbitmq.conf'] ?? '';
    expect(config).toContain('listeners.tcp = none');
    expect(config).toContain('nodes.3 = rabbit@broker-2.broker-nodes.clinic.svc.cluster.local');
  });

  it('lets nodes talk over TLS alone, and nobody reach the one node of a broker there', () => {
    const { children } = planOf(3, 3);
    const set = JSON.stringify(child(children, 'StatefulSet', 'broker'));
    const file = '/etc/careplane/config/distribution.config';
    const words = `-proto_dist inet_tls -ssl_dist_optfile ${file}`;
    expect(set).toContain(`{"name":"RABBITMQ_CTL_ERL_ARGS","value":"${words}"}`);
    expect(set.split(words)).toHaveLength(3);
    expect(set).toContain('"careplane.dev/distribution-hash":"tls"');
    const config = JSON.stringify(child(children, 'ConfigMap', 'broker-config'));
    expect(config).toContain('{verify, verify_peer}');
    expect(config).not.toContain('verify_none}');
    expect(JSON.stringify(child(children, 'NetworkPolicy', 'broker'))).toContain('25672');
    expect(JSON.stringify(child(planOf(1, 1).children, 'NetworkPolicy', 'broker'))).not.toContain('25672');
  });

  it('restarts nodes by the operator, which asks their queues', () => {
    const set = child(planOf(3, 3).children, 'StatefulSet', 'broker');
    expect(set['spec']).toMatchObject({ updateStrategy: { type: 'OnDelete' } });
    expect(JSON.stringify(set)).toContain('"readinessProbe":{"exec":{"command":["bash"');
  });

  it('can be scraped: label, port name, and Prometheus let in', () => {
    const set = child(planOf(1, 1).children, 'StatefulSet', 'broker');
    expect(JSON.stringify(set)).toContain('"careplane.dev/scrape":"true"');
    expect(JSON.stringify(set)).toContain('{"name":"metrics","containerPort":15692,"protocol":"TCP"}');
    const policy = JSON.stringify(child(planOf(1, 1).children, 'NetworkPolicy', 'broker'));
    expect(policy).toContain('15692');
    expect(policy).toContain('"values":["former","identity"]');
  });

  it('shows no password outside of Secrets', () => {
    const open = planOf(1, 1).children.filter(({ kind }) => kind !== 'Secret');
    expect(JSON.stringify(open)).not.toMatch(/secret-word|admin-word|cookie-word|PRIVATE KEY/);
  });
});

describe('the condition TopologySynced', () => {
  const health = { silent: [], leaderless: [], degraded: [], behind: [], problem: undefined };
  const report = {
    changes: 0,
    deleted: [],
    retained: [],
    conflicting: [],
    refused: [],
    departing: [],
    health,
  };

  it('names queues that are kept, without their numbers: those would be a write of the status each', () => {
    const retained = [
      { queue: 'b', messages: 7 },
      { queue: 'a', messages: 1 },
    ];
    const condition = topologyCondition({ ...report, retained });
    expect(condition).toMatchObject({ status: 'True', reason: 'QueuesRetained' });
    expect(condition.message).toMatch(/: a, b;/);
    expect(condition.message).not.toMatch(/\d/);
  });

  it('is False for a queue that was made with other arguments', () => {
    expect(topologyCondition({ ...report, conflicting: ['a'] })).toMatchObject({
      status: 'False',
      reason: 'QueuesDiffer',
    });
    expect(topologyCondition(report)).toMatchObject({ status: 'True', reason: 'Synced' });
  });

  it('names each thing that the broker did not take', () => {
    const refused = [
      { what: 'user a', reason: '400 no' },
      { what: 'queue b', reason: '406 no' },
    ];
    const condition = topologyCondition({ ...report, refused });
    expect(condition).toMatchObject({ status: 'False', reason: 'Refused' });
    expect(condition.message).toBe(
      'the broker did not take user a (400 no), queue b (406 no); everything else is as declared',
    );
  });
});
