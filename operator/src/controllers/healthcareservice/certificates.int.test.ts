import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { secretText, toData } from '../../k8s/secret-data.ts';
import type { Secret } from '../../k8s/types.ts';
import { createAuthority, DAY_MS, issueCertificate } from '../../pki/certificate.ts';
import { NAMESPACE, TestClinic } from './fixtures/test-clinic.ts';

const PATH = `${NAMESPACE}/secrets/identity.internal`;

describe('the certificate of a service on a real API server', () => {
  let clinic: TestClinic;

  beforeAll(async () => {
    clinic = await TestClinic.start();
    await clinic.applyService('identity');
  }, 180_000);

  afterAll(async () => {
    await clinic.stop();
  });

  /** The PEM of the certificate, once it is another one than this. */
  function certificate(other?: string): Promise<string> {
    return until(
      async () => {
        const { body } = await clinic.server.api.request('GET', PATH);
        const found = secretText(body as Secret, 'tls.crt');
        return found === other ? undefined : found;
      },
      { what: 'a certificate' },
    );
  }

  it('is in a Secret with its key and authority, stays the same through a restart and a deletion, and is made anew on request', async () => {
    const first = await certificate();
    expect(new X509Certificate(first).subjectAltName).toContain(
      'URI:spiffe://cluster.local/ns/clinic/sa/identity',
    );
    const { body } = await clinic.server.api.request('GET', PATH);
    expect(Object.keys((body as Secret).data ?? {}).sort()).toEqual(['ca.crt', 'tls.crt', 'tls.key']);
    await clinic.restartOperator();
    await clinic.applyService('identity', { config: { COLOUR: 'blue' } });
    await until(async () => (await clinic.reconciled()) > 0 || undefined, { what: 'a reconcile' });
    expect(await certificate()).toBe(first);
    await clinic.server.api.demand('DELETE', PATH);
    expect(await certificate()).toBe(first);
    await clinic.mergePatch(PATH, { metadata: { annotations: { 'careplane.dev/certificate': null } } });
    const next = await certificate(first);
    expect(new X509Certificate(next).subjectAltName).toBe(new X509Certificate(first).subjectAltName);
  }, 60_000);

  it('for clients outside the cluster is told of: missing, good, without a key, and not for a host', async () => {
    const path = `${NAMESPACE}/secrets/outside`;
    const type = 'kubernetes.io/tls';
    const write = (texts: Record<string, string>): Promise<unknown> =>
      clinic.server.api.apply(path, {
        apiVersion: 'v1',
        kind: 'Secret',
        type,
        metadata: { name: 'outside' },
        data: toData({ 'tls.crt': '', 'tls.key': '', ...texts }),
      });
    const said = (reason: string): Promise<{ message: string }> =>
      clinic.conditionOf('gateway', 'PublicCertificateValid', reason);
    const tls = { secretName: 'outside', hosts: ['clinic.example'] };
    const gateway = {
      role: 'gateway',
      dataClass: 'operational',
      http: { expose: { type: 'ClusterIP' }, tls },
    };
    await clinic.applyService('gateway', gateway);
    await said('SecretMissing');
    const now = Date.now();
    const authority = await createAuthority('somebody else', now);
    const wanted = { name: 'gateway', dnsNames: ['clinic.example'], ipAddresses: [], lifetimeMs: DAY_MS };
    const { certificate: pem, key } = await issueCertificate(authority, wanted, now);
    await write({ 'tls.crt': pem, 'tls.key': key });
    await said('Valid');
    // From now on the operator hears of changes.
    const isLabelled = async (): Promise<boolean> => {
      const { metadata } = (await clinic.server.api.demand('GET', path)) as Secret;
      return metadata.labels?.['careplane.dev/watched'] === 'true';
    };
    await until(isLabelled, { what: 'the label' });
    await write({ 'tls.crt': pem });
    expect((await said('SecretUnusable')).message).toBe('the Secret outside has no tls.key');
    await write({ 'tls.crt': pem, 'tls.key': key });
    await said('Valid');
    tls.hosts.push('other.example');
    await clinic.applyService('gateway', gateway);
    expect((await said('HostsMissing')).message).toContain('not for other.example');
  }, 60_000);
});
