import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@careplane/testing';
import { secretText, toData } from '../../k8s/secret-data.ts';
import type { Secret } from '../../k8s/types.ts';
import { certificatesIn, createAuthority, DAY_MS, issueCertificate } from '../../pki/certificate.ts';
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

  it('comes with the authorities of all others within a minute when the authority is lost twice, and is signed when all hold them', async () => {
    const authority = '/api/v1/namespaces/default/secrets/careplane-ca-clinic';
    const services = ['identity', 'caller', 'third'];
    for (const name of ['caller', 'third']) await clinic.applyService(name);
    const bundle = async (name: string): Promise<string> => {
      const { body } = await clinic.server.api.request('GET', `${NAMESPACE}/secrets/${name}.internal`);
      return secretText(body as Secret, 'ca.crt') ?? '';
    };
    const all = async (count: number): Promise<true | undefined> => {
      const bundles = await Promise.all(services.map(bundle));
      const isSame = new Set(bundles).size === 1;
      return isSame && certificatesIn(bundles[0] ?? '').length === count ? true : undefined;
    };
    await until(() => all(1), { what: 'the certificates of all' });
    const patience = { deadlineMs: 60_000 };
    for (const count of [2, 3]) {
      await clinic.server.api.demand('DELETE', authority);
      await until(() => all(count), { what: `${String(count)} authorities at every service`, ...patience });
    }
    await clinic.applyService('late');
    await clinic.conditionOf('late', 'CertificatesValid', 'SignerPending');
    const before = await certificate();
    const isNoted = async (): Promise<boolean> => {
      const { body } = await clinic.server.api.request('GET', authority);
      return secretText(body as Secret, 'next.known') !== undefined;
    };
    await until(isNoted, { what: 'the operator to see that all hold the next authority', ...patience });
    // As if the minutes that volumes take were over.
    const past = toData({ 'next.known': new Date(Date.now() - 600_000).toISOString() });
    await clinic.mergePatch(authority, { data: past });
    const isRenewed = async (): Promise<boolean> => {
      const { body } = await clinic.server.api.request('GET', PATH);
      return secretText(body as Secret, 'tls.crt') !== before;
    };
    await until(isRenewed, { what: 'another certificate', ...patience });
    services.push('late');
    await until(() => all(3), { what: 'a certificate for the new service', ...patience });
    await clinic.conditionOf('late', 'CertificatesValid', 'Valid');
  }, 300_000);

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
