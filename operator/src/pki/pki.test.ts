import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { toData } from '../k8s/secret-data.ts';
import { secrets, type Secret } from '../k8s/types.ts';
import { cacheWith } from '../runtime/fixtures/cache.ts';
import type { AnyObject } from '../runtime/kube.ts';
import { silentLogger } from '../runtime/telemetry/log.ts';
import { Authorities, type NamespaceContext } from './authority.ts';
import {
  certificatesIn,
  createAuthority,
  DAY_MS as DAY,
  isSignedByOne,
  issueCertificate,
  type KeyPair,
} from './certificate.ts';
import { checkPair } from './renewal.ts';
import {
  certificateSecret,
  observeCertificate,
  usableCertificate,
  type ServerCertificate,
} from './server-certificate.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const WANTED = {
  name: 'clinic-db',
  dnsNames: ['clinic-db.clinic.svc', 'clinic-db-0.clinic-db.clinic.svc'],
  ipAddresses: ['127.0.0.1'],
};

const KEY = 'careplane-system/careplane-ca-clinic';
const REQUEST = { ...WANTED, namespace: 'clinic' };

type Io = NamespaceContext & { objects: Map<string, AnyObject>; time: number };

function declared(kind: string, name: string): AnyObject {
  return { apiVersion: 'careplane.dev/v1alpha1', kind, metadata: { name, namespace: 'clinic' } };
}

/** The API server, as far as an authority needs it: a write from an outdated `resourceVersion` is refused. */
function cluster(): Io {
  const objects = new Map<string, AnyObject>();
  let version = 0;
  const io: Io = {
    objects,
    time: NOW,
    log: silentLogger,
    cache: cacheWith([
      ...[WANTED.name, 'old', 'young', 'new'].map((name) => declared('EncryptedStore', name)),
      declared('MessageBroker', 'broker'),
    ]),
    live: {
      get: (_type, key) => Promise.resolve(objects.get(`${key.namespace ?? ''}/${key.name}`) as never),
    },
    apply: (object) => {
      const { namespace = '', name, resourceVersion: from } = object.metadata;
      const before = objects.get(`${namespace}/${name}`)?.metadata;
      if (from !== undefined && from !== before?.resourceVersion)
        return Promise.reject(new Error('the object has been modified'));
      const { annotations } = before ?? {};
      const metadata = {
        ...object.metadata,
        ...(annotations && { annotations }),
        resourceVersion: String(++version),
      };
      objects.set(`${namespace}/${name}`, { ...object, metadata });
      return Promise.resolve(object);
    },
    now: () => io.time,
  };
  return io;
}

/** One reconcile of an object with a certificate. */
async function round(
  io: Io,
  authorities: Authorities,
  name = WANTED.name,
): Promise<ServerCertificate & { pair: KeyPair }> {
  const certificate = usableCertificate(await observeCertificate(authorities, { ...REQUEST, name }, io));
  const secret = certificateSecret(name, certificate);
  await io.apply({ ...secret, metadata: { ...secret.metadata, namespace: 'clinic' } });
  return certificate;
}

function ask(io: Io, token: string): void {
  const secret = io.objects.get(KEY);
  if (secret === undefined) throw new Error('there is no authority');
  secret.metadata.annotations = { 'careplane.dev/rotate-authority': token };
}

/** Nobody meets a certificate that he does not trust, whichever of the two moments server and client are at. */
function expectTrust(
  before: ServerCertificate & { pair: KeyPair },
  after: ServerCertificate & { pair: KeyPair },
): void {
  expect(isSignedByOne(after.pair.certificate, before.bundle)).toBe(true); // a client that has not got the new bundle yet
  expect(isSignedByOne(before.pair.certificate, after.bundle)).toBe(true); // a server that has not read the new pair yet
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
    const renewed = (now: number, ca = authority.certificate, wanted = WANTED): string | undefined =>
      checkPair(pair, wanted, ca, now).renew;
    expect(renewed(NOW + 59 * DAY)).toBeUndefined();
    expect(renewed(NOW + 61 * DAY)).toMatch(/two thirds/);
    expect(renewed(NOW, other.certificate)).toMatch(/authority/);
    expect(renewed(NOW, authority.certificate, { ...WANTED, dnsNames: ['new.clinic.svc'] })).toMatch(
      /new.clinic.svc/,
    );
    expect(checkPair(pair, WANTED, authority.certificate, NOW + 91 * DAY)).toMatchObject({ isUsable: false });
    const mixed = { ...pair, key: other.key };
    expect(checkPair(mixed, WANTED, authority.certificate, NOW)).toMatchObject({ isUsable: false });
  });

  it('two objects that ask at once get the same authority', async () => {
    const io = cluster();
    const authorities = new Authorities('careplane-system');
    const [a, b] = await Promise.all([authorities.of('clinic', io), authorities.of('clinic', io)]);
    expect(a.bundle).toBe(b.bundle);
    expect([...io.objects.keys()]).toEqual([KEY]);
    expect((await authorities.of('clinic', io)).bundle).toBe(a.bundle);
  });

  it('two replicas that ask for another one at once end with the same', async () => {
    const io = cluster();
    const replicas = [new Authorities('careplane-system'), new Authorities('careplane-system')];
    const [one = fail(), other = fail()] = replicas;
    await one.of('clinic', io);
    ask(io, 'today');
    const answers = await Promise.allSettled(replicas.map((replica) => replica.of('clinic', io)));
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [a, b] = [await one.of('clinic', io), await other.of('clinic', io)];
    expect(a).toEqual(b);
    expect(certificatesIn(a.bundle).length).toBe(2);
  });

  it.each([
    ['unreadable', { 'tls.crt': 'cnViYmlzaA==' }],
    ['half-written', { 'tls.key': 'cnViYmlzaA==' }],
  ])('keeps the last good pair, and says what to do, when the authority is %s', async (_, damage) => {
    const io = cluster();
    const authorities = new Authorities('careplane-system');
    const first = await round(io, authorities);
    expect((await round(io, authorities)).pair).toEqual(first.pair);
    const kept = io.objects.get(KEY) as AnyObject & Secret;
    io.objects.set(KEY, { ...kept, data: { ...kept.data, ...damage } });
    io.time = NOW + 70 * DAY;
    const later = await round(io, authorities);
    expect(later.pair).toEqual(first.pair);
    expect(later.bundle).toBe(first.bundle);
    expect(later.condition).toMatchObject({ status: 'False', reason: 'RenewalFailed' });
    expect(later.condition.message).toMatch(/careplane-ca-clinic/);
  });

  it('replaces an authority step by step: at every moment whatever is shown is trusted by what is trusted', async () => {
    const io = cluster();
    const authorities = new Authorities('careplane-system');
    const rounds = [await round(io, authorities)];
    ask(io, 'because of the audit');
    for (const hours of [0, 1, 24, 25, 48, 49, 72]) {
      io.time = NOW + hours * 3_600_000;
      rounds.push(await round(io, authorities));
    }
    // hours:                                                before 0  1  24 25 48 49 72
    expect(rounds.map(({ bundle }) => certificatesIn(bundle).length)).toEqual([1, 2, 2, 2, 2, 1, 1, 1]);
    for (const [index, after] of rounds.slice(1).entries()) {
      const before = rounds[index] ?? fail();
      expectTrust(before, after);
      expect(before.pair.certificate === after.pair.certificate).toBe(before.bundle === after.bundle);
    }
    expect(isSignedByOne(rounds.at(-1)?.pair.certificate ?? fail(), rounds[0]?.bundle ?? fail())).toBe(false);
    expect(new Set(rounds.map(({ epoch }) => epoch)).size).toBe(1); // nobody was restarted for it
    // Whoever shows the certificate has read the authorities, too.
    expect(rounds.map(({ trustSince }) => trustSince)).toEqual(rounds.map(() => undefined));
  });

  it('follows a deleted authority with another one, and trusts the old one as long as it is served', async () => {
    const io = cluster();
    const authorities = new Authorities('careplane-system');
    const rounds = [await round(io, authorities)];
    io.objects.delete(KEY);
    for (const minutes of [0, 4, 5, 60, 1444, 1445]) {
      io.time = NOW + minutes * 60_000;
      rounds.push(await round(io, authorities));
      if (minutes === 4) {
        const young = await round(io, authorities, 'young');
        expect(isSignedByOne(young.pair.certificate, young.bundle)).toBe(true);
      }
    }
    // minutes:                                              before 0  4  5  60 1444 1445
    expect(rounds.map(({ bundle }) => certificatesIn(bundle).length)).toEqual([1, 2, 2, 2, 2, 2, 1]);
    for (const [index, after] of rounds.slice(1).entries()) expectTrust(rounds[index] ?? fail(), after);
    expect(rounds.every(({ condition }) => condition.reason === 'Valid')).toBe(true);
    // Until the promotion no new certificate comes with the new authority: servers have to be told to read it.
    const [none, lost] = [undefined, NOW];
    expect(rounds.map(({ trustSince }) => trustSince)).toEqual([none, lost, lost, none, none, none, none]);
    expect(new Set(rounds.map(({ epoch }) => epoch)).size).toBe(1);
  });

  it.each([
    ['a new store', 'new', WANTED.name],
    ['a store whose own certificate is gone, too', 'old', WANTED.name],
    ['a new store beside a broker', 'new', 'broker'],
  ])('keeps the trust in a deleted authority when the first to ask is %s', async (_, first, server) => {
    const io = cluster();
    const authorities = new Authorities('careplane-system');
    const before = await round(io, authorities, server);
    await round(io, authorities, 'old');
    for (const key of [KEY, 'clinic/old-tls']) io.objects.delete(key);
    const [asked, after] = await Promise.all([round(io, authorities, first), round(io, authorities, server)]);
    expect(asked.bundle).toBe(after.bundle);
    expect(certificatesIn(after.bundle).length).toBe(2);
    expect(after.pair).toEqual(before.pair);
    expectTrust(before, after);
  });

  it('goes on trusting a running server of a deleted authority, though its own Secret is gone, by the bindings of the services', async () => {
    const labels = { 'careplane.dev/kind': 'encryptedstore', 'careplane.dev/owner': WANTED.name };
    const binding = { ...secrets, metadata: { name: `mails.${WANTED.name}`, namespace: 'clinic', labels } };
    const cache = cacheWith([declared('EncryptedStore', WANTED.name), binding]);
    const io = { ...cluster(), cache };
    const authorities = new Authorities('careplane-system');
    const before = await round(io, authorities);
    io.objects.set(`clinic/${binding.metadata.name}`, {
      ...binding,
      data: toData({ 'ca.crt': before.bundle }),
    });
    const { certificate: cert, key } = before.pair;
    const server = createServer({ cert, key }, (socket) => socket.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    for (const name of [KEY, `clinic/${WANTED.name}-tls`]) io.objects.delete(name);
    const after = await round(io, authorities);
    const { port } = server.address() as AddressInfo;
    const client = connect({ host: '127.0.0.1', port, ca: after.bundle });
    await once(client, 'secureConnect');
    expect(client.authorized).toBe(true);
    client.destroy();
    server.close();
  });

  it('has pods restarted for a certificate that follows none or an expired one, and for no other', async () => {
    const io = cluster();
    const authorities = new Authorities('careplane-system');
    const epochs: string[] = [];
    for (const day of [0, 1, 61, 300]) {
      io.time = NOW + day * DAY;
      epochs.push((await round(io, authorities)).epoch);
    }
    expect(new Set(epochs.slice(0, 3)).size).toBe(1);
    expect(epochs[0]).not.toBe('');
    expect(epochs[3]).not.toBe(epochs[0]);
  });
});

function fail(): never {
  throw new Error('there is none');
}
