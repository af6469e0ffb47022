import { describe, expect, it } from '@jest/globals';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { aBroker, aDeployment, aService, observedOf, aStore, type Facts } from './fixtures/objects.ts';
import { condition, plan } from './fixtures/planned.ts';

function kinds(service: HealthcareService, changes: Partial<Facts> = {}): string[] {
  return plan(service, observedOf(service, changes)).children.map(({ kind }) => kind);
}

const withStore = aService('a', { dataClass: 'phi', stores: [{ store: 'db' }] });
const bound = { stores: [aStore('db')], bindingSecrets: new Set(['a.db']) };

it('says of a service that publishes a log that it was not read, until act has read it', () => {
  expect(condition(aService('a', { auditLog: {} }), {}, 'AuditLogKept')).toMatchObject({
    reason: 'Unreadable',
  });
  expect(condition(aService('a'), {}, 'AuditLogKept')).toBeUndefined();
});

describe('plan of a service', () => {
  it('makes every child, the Deployment last', () => {
    expect(kinds(aService('a'))).toEqual([
      'ServiceAccount',
      'Secret',
      'ConfigMap',
      'NetworkPolicy',
      'PodDisruptionBudget',
      'Service',
      'ControllerRevision',
      'Deployment',
    ]);
  });

  it('shows who has one of its paths, with what to do, and is not Ready with it; the older one shows nothing', () => {
    const paths = { http: { port: 8080, paths: ['/fhir/R4/Patient'] } };
    const made = (name: string, day: number): HealthcareService => {
      const service = aService(name, paths);
      return {
        ...service,
        metadata: { ...service.metadata, creationTimestamp: `2026-01-0${day}T00:00:00Z` },
      };
    };
    const [old, young] = [made('old', 1), made('young', 2)];
    const calls = ['old', 'young'].map((service) => ({ service, port: 'http' }));
    const services = [old, young, aService('gate', { role: 'gateway', calls })];
    expect(condition(young, { services }, 'PathsFree')).toEqual({
      type: 'PathsFree',
      status: 'False',
      reason: 'PathTaken',
      alarming: true,
      message:
        "HealthcareService old, which is older, has /fhir/R4/Patient behind the gateway gate: requests go there; take the path from one of the two, or one of the two from the gateway's calls",
    });
    expect(plan(young, observedOf(young, { services })).events?.map(({ reason }) => reason)).toContain(
      'PathTaken',
    );
    expect(condition(old, { services }, 'PathsFree')).toBeUndefined();
  });

  it('is nothing under a name that Kubernetes itself needs', () => {
    const { children, conditions } = plan(aService('default'), observedOf(aService('default')));
    expect(children).toEqual([]);
    expect(conditions).toMatchObject([{ type: 'NamesFree', status: 'False', reason: 'NameReserved' }]);
  });

  it('gives no service what the operator made for a store, and starts no first pod that would mount it', () => {
    const thief = aService('a', { secrets: [{ name: 'db-keyfile' }] });
    const there = { name: 'db-keyfile', exists: true, missingKeys: [], guardedKeys: [], isWatched: true };
    const facts = { stores: [aStore('db')], secrets: [there], secretsFingerprint: 'f' };
    expect(condition(thief, facts, 'BindingsReady')).toMatchObject({
      status: 'False',
      reason: 'SecretWithheld',
      message: expect.stringContaining("EncryptedStore db's own") as unknown,
    });
    expect(kinds(thief, facts)).not.toContain('Deployment');
  });

  it('gives a service no account that is the engine’s or the operator’s own, and starts no first pod without one', () => {
    const service = aService('local', { stores: [{ store: 'db' }] });
    const facts = { stores: [aStore('db')], bindingSecrets: new Set(['local.db']) };
    expect(condition(service, facts, 'BindingsReady')).toMatchObject({
      status: 'False',
      reason: 'AccountWithheld',
      message: expect.stringContaining('EncryptedStore db') as unknown,
    });
    expect(kinds(service, facts)).not.toContain('Deployment');
    const atRedis = { ...facts, stores: [aStore('db', { engine: 'redis' })] };
    expect(condition(service, atRedis, 'BindingsReady')).toMatchObject({ status: 'True' });
  });

  it('is the same for the same facts', () => {
    expect(plan(withStore, observedOf(withStore, bound))).toEqual(
      plan(withStore, observedOf(withStore, bound)),
    );
  });

  it('deploys despite a dangling call, but is not resolved and warns', () => {
    const service = aService('a', { calls: [{ service: 'b', port: 'http' }] });
    const { conditions, events } = plan(service, observedOf(service));
    expect(kinds(service)).toContain('Deployment');
    expect(conditions[0]).toMatchObject({
      type: 'EdgesResolved',
      status: 'False',
      reason: 'DanglingEdge',
      message: expect.stringContaining('no HealthcareService b') as unknown,
    });
    expect(events).toContainEqual(expect.objectContaining({ type: 'Warning', reason: 'DanglingEdge' }));
  });

  it('is resolved again, without a warning, as soon as the other end is there', () => {
    const service = aService('a', { calls: [{ service: 'b', port: 'http' }] });
    const healed = plan(service, observedOf(service, { services: [service, aService('b')] }));
    expect(healed.conditions[0]).toMatchObject({ status: 'True', reason: 'AllResolved' });
    expect(healed.events).toEqual([]);
  });

  it('mentions an event that nobody publishes without calling the edge dangling', () => {
    const service = aService('a', { consumes: [{ event: 'x.y' }] });
    expect(condition(service, { brokers: [aBroker('rabbit')] }, 'EdgesResolved')?.status).toBe('True');
    expect(condition(service, { brokers: [aBroker('rabbit')] }, 'EdgesUsed')).toMatchObject({
      status: 'False',
      reason: 'OneSidedEdge',
      message: expect.stringContaining('nobody publishes x.y') as unknown,
    });
  });

  it.each([
    ['its store is missing', {}, 'ProviderMissing'],
    ['its credentials are not made yet', { stores: [aStore('db')] }, 'CredentialsPending'],
  ])('does not begin to roll out while %s', (_, changes, reason) => {
    expect(kinds(withStore, changes)).not.toContain('Deployment');
    expect(condition(withStore, changes, 'BindingsReady')).toMatchObject({ status: 'False', reason });
  });

  it('never takes a running Deployment away when its store vanishes', () => {
    expect(kinds(withStore, { deployment: aDeployment('a', 1) })).toContain('Deployment');
  });

  it('waits for keys to be generated, and asks for a Secret that nobody makes', () => {
    const secrets = [{ name: 'keys', exists: true, missingKeys: ['k'], guardedKeys: [], isWatched: true }];
    expect(condition(aService('a'), { secrets }, 'BindingsReady')?.message).toContain('are being generated');
    const absent = [{ name: 'keys', exists: false, missingKeys: [], guardedKeys: [], isWatched: false }];
    expect(condition(aService('a'), { secrets: absent }, 'BindingsReady')).toMatchObject({
      reason: 'SecretMissing',
      message: expect.stringContaining('the Secret keys does not exist') as unknown,
    });
  });

  it('keeps protected health information off a store whose encryption is unproven', () => {
    const unproven = { ...bound, stores: [aStore('db', {}, 'False')] };
    expect(condition(withStore, unproven, 'DataProtected')).toMatchObject({
      status: 'False',
      reason: 'EncryptionUnproven',
    });
    expect(kinds(withStore, unproven)).not.toContain('Deployment');
  });

  it('keeps protected health information off a port in plaintext, and other data not', () => {
    const http = { port: 8080, tls: { mode: 'Plaintext' as const } };
    const phi = aService('a', { dataClass: 'phi', http });
    expect(condition(phi, {}, 'TransportEncrypted')?.reason).toBe('PlaintextForbidden');
    expect(kinds(phi, {})).not.toContain('Deployment');
    expect(kinds(phi, { deployment: aDeployment('a', 1) })).toContain('Deployment');
    expect(kinds(aService('a', { dataClass: 'operational', http }), {})).toContain('Deployment');
  });

  it('lets the store relax that by encryption.policy Preferred, and other data go anywhere', () => {
    const preferred = [aStore('db', { encryption: { policy: 'Preferred' } }, 'False')];
    expect(condition(withStore, { ...bound, stores: preferred }, 'DataProtected')).toMatchObject({
      status: 'True',
      reason: 'EncryptionPreferred',
    });
    const open = aService('a', { dataClass: 'public', stores: [{ store: 'db' }] });
    const unproven = { ...bound, stores: [aStore('db', {}, 'False')] };
    expect(condition(open, unproven, 'DataProtected')?.reason).toBe('NotRequired');
  });
});
