import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { secretText } from '../../../k8s/secret-data.ts';
import type { Secret } from '../../../k8s/types.ts';
import { Authorities, type NamespaceContext } from '../../../pki/authority.ts';
import { DAY_MS, isSignedByOne } from '../../../pki/certificate.ts';
import { cacheWith } from '../../../runtime/fixtures/cache.ts';
import type { AnyObject } from '../../../runtime/kube.ts';
import { silentLogger } from '../../../runtime/telemetry/log.ts';
import { aService } from '../fixtures/objects.ts';
import { identitySecret, ServiceCertificates } from './service-certificates.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const HOUR_MS = 3_600_000;

/** The API server, as far as a service's certificate needs it; counts what it is asked. */
class World {
  readonly objects = new Map<string, AnyObject>();
  readonly asked: string[] = [];
  time = NOW;

  context(): NamespaceContext {
    return {
      log: silentLogger,
      cache: cacheWith([...this.objects.values()].filter(({ metadata }) => metadata.namespace === 'clinic')),
      live: {
        get: (_type, { namespace = '', name }) => {
          this.asked.push(name);
          return Promise.resolve(this.objects.get(`${namespace}/${name}`) as never);
        },
      },
      apply: (object) => {
        const { namespace = '', name } = object.metadata;
        this.objects.set(`${namespace}/${name}`, object);
        return Promise.resolve(object);
      },
      now: () => this.time,
    };
  }

  /** One reconcile. */
  async round(certificates: ServiceCertificates, service: HealthcareService): Promise<Secret> {
    const secret = identitySecret(service, await certificates.of(service, this.context()));
    secret.metadata.namespace = 'clinic';
    this.objects.set(`clinic/${secret.metadata.name}`, secret);
    return secret;
  }
}

const newOperator = (): ServiceCertificates =>
  new ServiceCertificates(new Authorities('careplane-system'), 'cluster.local');

const certificateIn = (secret: Secret): X509Certificate =>
  new X509Certificate(secretText(secret, 'tls.crt') ?? '');

describe('the certificate of a service', () => {
  it('has the names of its Service and its identity, for servers and clients, for a day', async () => {
    const secret = await new World().round(newOperator(), aService('identity'));
    expect(secret.metadata.name).toBe('identity.internal');
    expect(secret['type' as keyof Secret]).toBe('kubernetes.io/tls');
    const certificate = certificateIn(secret);
    expect(certificate.subjectAltName?.split(', ')).toEqual([
      'DNS:identity.clinic.svc.cluster.local',
      'DNS:identity.clinic.svc',
      'DNS:identity.clinic',
      'DNS:identity',
      'URI:spiffe://cluster.local/ns/clinic/sa/identity',
    ]);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(Date.parse(certificate.validTo)).toBe(NOW + DAY_MS);
    expect(isSignedByOne(certificate.toString(), secretText(secret, 'ca.crt') ?? '')).toBe(true);
  });

  it('has the hosts by which a gateway is called from outside', async () => {
    const tls = { mode: 'Required' as const, hosts: ['clinic.example', '10.200.0.2'] };
    const http = { port: 8080, expose: { type: 'NodePort' as const }, tls };
    const names = certificateIn(await new World().round(newOperator(), aService('gateway', { http })));
    expect(names.subjectAltName).toContain('DNS:clinic.example');
    expect(names.subjectAltName).toContain('IP Address:10.200.0.2');
  });

  it('is read once until two thirds of its life are over; only the authority is looked at', async () => {
    const world = new World();
    const certificates = newOperator();
    const first = await world.round(certificates, aService('identity'));
    const asked = world.asked.length;
    world.time += 15 * HOUR_MS;
    for (let i = 0; i < 3; i += 1)
      expect(await world.round(certificates, aService('identity'))).toEqual(first);
    expect(world.asked.slice(asked)).toEqual(['careplane-ca-clinic']);
    world.time += 2 * HOUR_MS;
    const renewed = await world.round(certificates, aService('identity'));
    expect(certificateIn(renewed).serialNumber).not.toBe(certificateIn(first).serialNumber);
    expect(secretText(renewed, 'ca.crt')).toBe(secretText(first, 'ca.crt'));
  });

  it('says when it is to be looked at again: when its turn comes, and at two thirds of its life', async () => {
    const world = new World();
    const certificates = newOperator();
    const look = async (name: string): Promise<number> =>
      (await certificates.of(aService(name), world.context())).lookAgainAt - NOW;
    const looks = [];
    for (const name of ['a', 'b', 'c', 'a']) looks.push(await look(name));
    expect(looks).toEqual([30_000, 60_000, 90_000, 30_000]);
    world.time += 30_000;
    expect([await look('a'), await look('b')]).toEqual([120_000, 60_000]);
    world.time = NOW + 15.9 * HOUR_MS;
    for (let i = 0; i < 40; i += 1) await look(`other-${String(i)}`);
    expect(Math.abs((await look('a')) - 16 * HOUR_MS)).toBeLessThan(0.1 * HOUR_MS);
  });

  it('is the same after a restart of the operator, and after a renewal by another replica', async () => {
    const world = new World();
    const [one, other] = [newOperator(), newOperator()];
    const first = await world.round(one, aService('identity'));
    expect(await world.round(other, aService('identity'))).toEqual(first);
    world.time += 17 * HOUR_MS;
    const renewed = await world.round(other, aService('identity'));
    expect(await world.round(one, aService('identity'))).toEqual(renewed);
  });

  it('is put back as it was when its Secret is deleted, and made anew for other names', async () => {
    const world = new World();
    const certificates = newOperator();
    const first = await world.round(certificates, aService('gateway'));
    world.objects.delete('clinic/gateway.internal');
    expect(await world.round(certificates, aService('gateway'))).toEqual(first);
    const tls = { mode: 'Required' as const, hosts: ['clinic.example'] };
    const exposed = aService('gateway', { http: { port: 8080, expose: { type: 'NodePort' }, tls } });
    const renamed = await world.round(certificates, exposed);
    expect(certificateIn(renamed).subjectAltName).toContain('DNS:clinic.example');
  });

  it('is made anew when somebody takes the mark from its Secret: a key that is known to others is of no use', async () => {
    const world = new World();
    const certificates = newOperator();
    const first = await world.round(certificates, aService('identity'));
    delete first.metadata.annotations?.['careplane.dev/certificate'];
    const next = await world.round(certificates, aService('identity'));
    expect(secretText(next, 'tls.key')).not.toBe(secretText(first, 'tls.key'));
    expect(secretText(next, 'ca.crt')).toBe(secretText(first, 'ca.crt'));
    expect(await world.round(certificates, aService('identity'))).toEqual(next);
  });

  it('asks for the authority once for all services of a namespace', async () => {
    const world = new World();
    const certificates = newOperator();
    for (const name of ['a', 'b', 'c', 'd']) await world.round(certificates, aService(name));
    // The first finds none, and what it made is read back once.
    expect(world.asked.filter((name) => name === 'careplane-ca-clinic')).toHaveLength(2);
  });

  it('stays trusted by every other service while the authority is replaced, whenever each of them is renewed', async () => {
    const world = new World();
    const certificates = newOperator();
    const services = ['a', 'b', 'c'].map((name) => aService(name));
    const secrets: Secret[] = [];
    for (const service of services) secrets.push(await world.round(certificates, service));
    const authority = world.objects.get('careplane-system/careplane-ca-clinic');
    if (authority === undefined) throw new Error('there is no authority');
    authority.metadata.annotations = { 'careplane.dev/rotate-authority': 'now' };
    const authorities = new Set(secrets.map((secret) => secretText(secret, 'ca.crt')));
    // Each is looked at when it asked to be, at another time than the others.
    for (let hours = 0; hours < 96; hours += 1) {
      world.time += HOUR_MS;
      for (const [index, service] of services.entries()) {
        if (hours % 5 !== index) continue;
        secrets[index] = await world.round(certificates, service);
        authorities.add(secretText(secrets[index], 'ca.crt'));
      }
      for (const server of secrets)
        for (const client of secrets)
          expect(isSignedByOne(secretText(server, 'tls.crt') ?? '', secretText(client, 'ca.crt') ?? '')).toBe(
            true,
          );
    }
    expect(authorities.size).toBeGreaterThan(2);
  }, 30_000);

  it('says which name it lacks, and until when, while no authority signs that everybody trusts', async () => {
    const world = new World();
    const http = (hosts: string[]): Parameters<typeof aService>[1] => ({
      http: { port: 8080, expose: { type: 'NodePort' }, tls: { mode: 'Required', hosts } },
    });
    const before = aService('gateway', http(['clinic.example']));
    world.objects.set('clinic/gateway', { ...before });
    await world.round(newOperator(), before);
    world.objects.delete('careplane-system/careplane-ca-clinic');
    world.time += HOUR_MS;
    const certificates = newOperator();
    const renamed = aService('gateway', http(['clinic.example', 'other.example']));
    const { condition } = await certificates.of(renamed, world.context());
    expect(condition).toMatchObject({ status: 'False', reason: 'NamesPending' });
    expect(condition.message).toMatch(/lacks other.example: .* at 2026-11-21T14:00Z at the latest/);
    world.time += HOUR_MS;
    const names = certificateIn(await world.round(certificates, renamed)).subjectAltName;
    expect(names).toContain('DNS:other.example');
    expect((await certificates.of(renamed, world.context())).condition.reason).toBe('Valid');
  });

  it('goes on while the authority is damaged, says so, and ends in an error that says what to do', async () => {
    const world = new World();
    const certificates = newOperator();
    await world.round(certificates, aService('identity'));
    const damaged = { apiVersion: 'v1', kind: 'Secret', data: { 'tls.crt': 'eA==' } };
    const metadata = { namespace: 'careplane-system', name: 'careplane-ca-clinic' };
    world.objects.set('careplane-system/careplane-ca-clinic', { ...damaged, metadata });
    world.time += 17 * HOUR_MS;
    const { condition, lookAgainAt } = await certificates.of(aService('identity'), world.context());
    expect(condition.reason).toBe('RenewalFailed');
    expect(lookAgainAt).toBe(world.time + 30_000);
    world.time += 8 * HOUR_MS;
    await expect(certificates.of(aService('identity'), world.context())).rejects.toThrow('restore it');
  });
});
