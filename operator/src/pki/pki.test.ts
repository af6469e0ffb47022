import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Secret } from '../controllers/healthcareservice/kubernetes.ts';
import type { Context } from '../runtime/controller.ts';
import type { AnyObject } from '../runtime/kube.ts';
import { Authorities } from './authority.ts';
import { createAuthority, issueCertificate } from './certificate.ts';
import { judgePair } from './renewal.ts';
import { certificateSecret, observeCertificate } from './serverCertificate.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-21T12:00:00Z');
const WANTED = {
  name: 'clinic-db',
  dnsNames: ['clinic-db.clinic.svc', 'clinic-db-0.clinic-db.clinic.svc'],
  ipAddresses: ['127.0.0.1'],
};

type Io = Pick<Context, 'live' | 'apply' | 'now'> & { objects: Map<string, AnyObject>; time: number };

function cluster(): Io {
  const objects = new Map<string, AnyObject>();
  const io: Io = {
    objects,
    time: NOW,
    live: {
      get: (_type, key) => Promise.resolve(objects.get(`${key.namespace ?? ''}/${key.name}`) as never),
    },
    apply: (object) => {
      objects.set(`${object.metadata.namespace ?? ''}/${object.metadata.name}`, object);
      return Promise.resolve(object);
    },
    now: () => io.time,
  };
  return io;
}

describe('certificates', () => {
  it('a leaf verifies against its authority and carries every name', async () => {
    const authority = await createAuthority('test', NOW);
    const leaf = new X509Certificate((await issueCertificate(authority, WANTED, NOW)).certificate);
    expect(leaf.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(leaf.checkHost('clinic-db-0.clinic-db.clinic.svc')).toBeDefined();
    expect(leaf.checkIP('127.0.0.1')).toBeDefined();
    expect(leaf.ca).toBe(false);
  });

  it('is renewed after two thirds of its life, for another authority, for a missing name, and not before', async () => {
    const authority = await createAuthority('test', NOW);
    const other = await createAuthority('test', NOW);
    const pair = await issueCertificate(authority, WANTED, NOW);
    const judge = (now: number, ca = authority.certificate, wanted = WANTED): string | undefined =>
      judgePair(pair, wanted, ca, now).renew;
    expect(judge(NOW + 59 * DAY)).toBeUndefined();
    expect(judge(NOW + 61 * DAY)).toMatch(/two thirds/);
    expect(judge(NOW, other.certificate)).toMatch(/authority/);
    expect(judge(NOW, authority.certificate, { ...WANTED, dnsNames: ['new.clinic.svc'] })).toMatch(
      /new.clinic.svc/,
    );
    expect(judgePair(pair, WANTED, authority.certificate, NOW + 91 * DAY)).toMatchObject({ isUsable: false });
    const mixed = { ...pair, key: other.key };
    expect(judgePair(mixed, WANTED, authority.certificate, NOW)).toMatchObject({ isUsable: false });
  });

  it('two objects that ask at once get the same authority', async () => {
    const io = cluster();
    const authorities = new Authorities('careplane-system');
    const [a, b] = await Promise.all([authorities.of('clinic', io), authorities.of('clinic', io)]);
    expect(a.bundle).toBe(b.bundle);
    expect([...io.objects.keys()]).toEqual(['careplane-system/careplane-ca-clinic']);
    expect((await authorities.of('clinic', io)).bundle).toBe(a.bundle);
  });

  it('keeps the last good pair, and says what to do, when the authority is damaged', async () => {
    const io = cluster();
    const authorities = new Authorities('careplane-system');
    const request = { ...WANTED, namespace: 'clinic' };
    const first = await observeCertificate(authorities, request, io);
    if (first.pair === undefined) throw new Error('no certificate was made');
    const secret = certificateSecret('clinic-db', first.pair, first.bundle);
    await io.apply({ ...secret, metadata: { ...secret.metadata, namespace: 'clinic' } });
    expect((await observeCertificate(authorities, request, io)).pair).toEqual(first.pair);
    const key = 'careplane-system/careplane-ca-clinic';
    const damaged: Secret = { ...(io.objects.get(key) as AnyObject), data: { 'tls.crt': 'cnViYmlzaA==' } };
    io.objects.set(key, damaged as AnyObject & Secret);
    io.time = NOW + 70 * DAY;
    const later = await observeCertificate(authorities, request, io);
    expect(later.pair).toEqual(first.pair);
    expect(later.bundle).toBe(first.bundle);
    expect(later.condition).toMatchObject({ status: 'False', reason: 'RenewalFailed' });
    expect(later.condition.message).toMatch(/careplane-ca-clinic/);
  });
});
