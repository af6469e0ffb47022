import { beforeAll, describe, expect, it } from '@jest/globals';
import { toData } from '../../../k8s/secret-data.ts';
import type { Secret } from '../../../k8s/types.ts';
import { createAuthority, DAY_MS, issueCertificate, type KeyPair } from '../../../pki/certificate.ts';
import { judgePublicCertificate } from './public-certificate.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
let authority: KeyPair;
let pair: KeyPair;

beforeAll(async () => {
  authority = await createAuthority('somebody else', NOW);
  pair = await issue(['clinic.example', '*.clinics.example'], ['10.200.0.2']);
});

function issue(dnsNames: string[], ipAddresses: string[] = []): Promise<KeyPair> {
  return issueCertificate(authority, { name: 'gateway', dnsNames, ipAddresses, lifetimeMs: DAY_MS }, NOW);
}

function secretWith(texts: Record<string, string>, type = 'kubernetes.io/tls'): Secret {
  return { apiVersion: 'v1', kind: 'Secret', type, metadata: { name: 'public' }, data: toData(texts) };
}

const whole = ({ certificate, key }: KeyPair): Secret =>
  secretWith({ 'tls.crt': certificate, 'tls.key': key });

const faultOf = (secret: Secret | undefined, hosts: string[] = [], now = NOW): unknown =>
  judgePublicCertificate('public', secret, hosts, now).fault;

describe('the certificate for clients outside the cluster', () => {
  it('is good for every host that it names, by wildcard and address too', () => {
    const hosts = ['clinic.example', 'north.clinics.example', '10.200.0.2'];
    expect(judgePublicCertificate('public', whole(pair), hosts, NOW)).toEqual({
      exists: true,
      fault: undefined,
      expires: NOW + DAY_MS,
    });
  });

  it('is missing', () => {
    expect(faultOf(undefined)).toEqual({
      reason: 'SecretMissing',
      message: 'the Secret public does not exist',
    });
  });

  it.each([
    ['no key', { 'tls.crt': 'x' }, 'has no tls.key'],
    ['neither', {}, 'has no tls.crt and no tls.key'],
    ['empty entries, as before cert-manager is done', { 'tls.crt': '', 'tls.key': 'x' }, 'has no tls.crt'],
    ['no PEM', { 'tls.crt': 'x', 'tls.key': 'secret word' }, 'cannot be read as PEM'],
  ])('is unusable with %s', (_, texts, words) => {
    expect(faultOf(secretWith(texts))).toEqual({
      reason: 'SecretUnusable',
      message: expect.stringContaining(words) as unknown,
    });
    expect(JSON.stringify(faultOf(secretWith(texts)))).not.toContain('secret word');
  });

  it('says that the type is a wrong one, when entries are missing', () => {
    const fault = faultOf(secretWith({ 'cert.pem': pair.certificate }, 'Opaque'));
    expect(fault).toMatchObject({
      reason: 'SecretUnusable',
      message: expect.stringContaining('its type is Opaque, and kubernetes.io/tls is wanted') as unknown,
    });
  });

  it("is unusable with another certificate's key", async () => {
    const { key } = await issue(['clinic.example']);
    const fault = faultOf(secretWith({ 'tls.crt': pair.certificate, 'tls.key': key }));
    expect(fault).toMatchObject({
      reason: 'SecretUnusable',
      message: expect.stringContaining('not that of') as unknown,
    });
  });

  it('has expired', () => {
    expect(faultOf(whole(pair), [], NOW + DAY_MS)).toMatchObject({ reason: 'Expired' });
  });

  it('names the hosts that it is not for', () => {
    expect(faultOf(whole(pair), ['clinic.example', 'a.b.clinics.example', '10.200.0.3'])).toEqual({
      reason: 'HostsMissing',
      message: 'the Secret public holds a certificate that is not for a.b.clinics.example, 10.200.0.3',
    });
  });
});
