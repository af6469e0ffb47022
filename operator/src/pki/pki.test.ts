import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Secret } from '../k8s/types.ts';
import type { Context } from '../runtime/controller.ts';
import type { AnyObject } from '../runtime/kube.ts';
import { Authorities } from './authority.ts';
import { createAuthority, issueCertificate, type KeyPair } from './certificate.ts';
import { judgePair } from './renewal.ts';
import {
  certificateSecret,
  observeCertificate,
  usableCertificate,
  type ServerCertificate,
} from './server-certificate.ts';

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
      list: () => Promise.resolve([...objects.values()] as never),
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
    const secret = certificateSecret('clinic-db', { ...first, pair: first.pair });
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

  it('replaces an authority step by step: at every moment whatever is shown is trusted by what is trusted', async () => {
    const io = cluster();
    const authorities = new Authorities('careplane-system');
    const request = { ...WANTED, namespace: 'clinic' };
    const key = 'careplane-system/careplane-ca-clinic';
    const round = async (): Promise<ServerCertificate & { pair: KeyPair }> => {
      const now = usableCertificate(await observeCertificate(authorities, request, io));
      const secret = certificateSecret('clinic-db', now);
      await io.apply({ ...secret, metadata: { ...secret.metadata, namespace: 'clinic' } });
      return now;
    };
    const authoritiesIn = (bundle: string): string[] =>
      bundle.match(/-----BEGIN[^]+?-----END CERTIFICATE-----\n/g) ?? [];
    const isTrusted = (pair: KeyPair, bundle: string): boolean =>
      authoritiesIn(bundle).some((one) =>
        new X509Certificate(pair.certificate).verify(new X509Certificate(one).publicKey),
      );
    const ask = (token: string): void => {
      const secret = io.objects.get(key) as AnyObject;
      const metadata = { ...secret.metadata, annotations: { 'careplane.dev/rotate-authority': token } };
      io.objects.set(key, { ...secret, metadata });
    };

    const rounds = [await round()];
    ask('because of the audit');
    for (const hours of [0, 1, 24, 25, 48, 49, 72]) {
      io.time = NOW + hours * 3_600_000;
      rounds.push(await round());
      // server-side apply would have left it: it is not the operator's
      ask('because of the audit');
    }
    // hours:                                                before 0  1  24 25 48 49 72
    expect(rounds.map(({ bundle }) => authoritiesIn(bundle).length)).toEqual([1, 2, 2, 2, 2, 1, 1, 1]);
    for (const [before, after] of rounds.slice(1).map((after, i) => [rounds[i] ?? after, after] as const)) {
      expect(isTrusted(after.pair, before.bundle)).toBe(true); // a client that has not got the new bundle yet
      expect(isTrusted(before.pair, after.bundle)).toBe(true); // a server that has not read the new pair yet
      const isSameBundle = before.bundle === after.bundle;
      expect(before.pair.certificate === after.pair.certificate).toBe(isSameBundle);
    }
    expect(isTrusted(rounds.at(-1)?.pair ?? fail(), rounds[0]?.bundle ?? fail())).toBe(false);
    expect(new Set(rounds.map(({ epoch }) => epoch)).size).toBe(1); // nobody was restarted for it
  });

  it('has pods restarted for a certificate that follows none or an expired one, and for no other', async () => {
    const io = cluster();
    const authorities = new Authorities('careplane-system');
    const request = { ...WANTED, namespace: 'clinic' };
    const round = async (day: number): Promise<string> => {
      io.time = NOW + day * DAY;
      const certificate = usableCertificate(await observeCertificate(authorities, request, io));
      const secret = certificateSecret('clinic-db', certificate);
      await io.apply({ ...secret, metadata: { ...secret.metadata, namespace: 'clinic' } });
      return certificate.epoch;
    };
    const epochs = [await round(0), await round(1), await round(61), await round(300)];
    expect(new Set(epochs.slice(0, 3)).size).toBe(1);
    expect(epochs[0]).not.toBe('');
    expect(epochs[3]).not.toBe(epochs[0]);
  });
});

function fail(): never {
  throw new Error('there is none');
}
