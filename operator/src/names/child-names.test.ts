import { beforeAll, describe, expect, it } from '@jest/globals';
import type { EncryptedStore } from '../api/encryptedstore.ts';
import { readSettings } from '../config.ts';
import type { Observed as StoreObserved } from '../controllers/encryptedstore/observed.ts';
import { plan as planStore } from '../controllers/encryptedstore/plan.ts';
import { aBroker, aService, observedOf, aStore } from '../controllers/healthcareservice/fixtures/objects.ts';
import { plan as planService } from '../controllers/healthcareservice/plan.ts';
import type { Observed as BrokerObserved } from '../controllers/messagebroker/observed.ts';
import { plan as planBroker } from '../controllers/messagebroker/plan.ts';
import { plan as planStack } from '../controllers/observabilitystack/plan.ts';
import { createAuthority, type KeyPair } from '../pki/certificate.ts';
import type { AnyObject } from '../runtime/kube.ts';
import { aStack } from '../webhooks/fixtures/other-objects.ts';
import { childNames } from './child-names.ts';

const ZONE = { namespace: 'clinic', clusterDomain: 'cluster.local' };
const settings = { ...readSettings([], {}), grafanaImage: 'grafana/grafana:12' };
const condition = { type: 'CertificatesValid', status: 'True', reason: 'Valid', message: '' } as const;
let pair: KeyPair;

beforeAll(async () => {
  pair = await createAuthority('test', Date.parse('2026-11-21T12:00:00Z'));
});

const storePlan = (store: EncryptedStore): AnyObject[] => {
  const observed: StoreObserved = {
    services: [],
    formerServices: [],
    departing: [],
    grace: { noted: [], wanted: [], now: 0, graceMs: 0 },
    passwords: new Map(),
    root: 'r',
    storageClass: undefined,
    pods: [],
    certificate: { pair, bundle: '', epoch: 'first', condition },
  } as unknown as StoreObserved;
  return planStore(store, observed, settings, ZONE).children;
};

const brokerPlan = (): AnyObject[] => {
  const observed = {
    services: [],
    formerServices: [],
    departing: [],
    grace: { noted: [], wanted: [], now: 0, graceMs: 0 },
    passwords: new Map(),
    adminPassword: 'a',
    cookie: 'c',
    pods: [],
    presentNodes: 1,
    certificate: { pair, bundle: '', epoch: 'first', condition },
  } as unknown as BrokerObserved;
  return planBroker(aBroker('q'), observed, settings, ZONE).children;
};

const stackPlan = (): AnyObject[] =>
  planStack(
    aStack('monitoring'),
    { content: { rules: {}, dashboards: {} }, scraped: [], pods: [] } as unknown as Parameters<
      typeof planStack
    >[1],
    settings,
  ).children;

describe('childNames', () => {
  it.each([
    [
      'HealthcareService',
      aService('a'),
      () => planService(aService('a'), observedOf(aService('a')), settings).children,
    ],
    ['EncryptedStore (mongodb)', aStore('db'), () => storePlan(aStore('db'))],
    [
      'EncryptedStore (redis)',
      aStore('db', { engine: 'redis' }),
      () => storePlan(aStore('db', { engine: 'redis' })),
    ],
    ['MessageBroker', aBroker('q'), brokerPlan],
    ['ObservabilityStack', aStack('monitoring'), stackPlan],
  ] as const)('knows every child that the controller of %s plans', (_, object, children) => {
    const known = new Set(childNames(object).map(({ type, name }) => `${type.kind} ${name}`));
    // Revisions have names of their own kind's making.
    const named = children().filter(({ kind }) => kind !== 'ControllerRevision');
    const planned = named.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    expect(planned.length).toBeGreaterThan(4);
    expect(planned.filter((child) => !known.has(child))).toEqual([]);
  });
});
