import { describe, expect, it } from '@jest/globals';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { cacheWith } from '../../runtime/fixtures/cache.ts';
import { Neighbours, servicesOfPod, usersOfBrokers, usersOfSecret, usersOfStore } from './concerned.ts';
import { aBroker, aService, aStore } from './fixtures/objects.ts';
import { serviceIndexes } from './indexes.ts';

const cacheOf = (services: HealthcareService[]): ReturnType<typeof cacheWith> =>
  cacheWith(services, serviceIndexes);
const names = (keys: { name: string }[]): string[] => keys.map(({ name }) => name);
const identity = aService('identity');
const caller = aService('caller', { calls: [{ service: 'identity', port: 'http' }] });
const stranger = aService('stranger');

describe('services that a change concerns', () => {
  it('are callers and called when a service appears', () => {
    const cache = cacheOf([identity, caller, stranger]);
    expect(names(new Neighbours().concerned(identity, cache))).toEqual(['caller']);
    expect(names(new Neighbours().concerned(caller, cache))).toEqual(['identity']);
  });

  it('are none when only its status changed', () => {
    const neighbours = new Neighbours();
    const cache = cacheOf([identity, caller]);
    neighbours.concerned(caller, cache);
    expect(neighbours.concerned({ ...caller, status: { replicas: 3 } }, cache)).toEqual([]);
  });

  it('are none when something changed that is no edge', () => {
    const neighbours = new Neighbours();
    neighbours.concerned(caller, cacheOf([identity, caller]));
    const scaled = aService('caller', { ...caller.spec, replicas: 3 });
    expect(neighbours.concerned(scaled, cacheOf([identity, scaled]))).toEqual([]);
  });

  it('include those that it called before, when the edge is taken out', () => {
    const after = aService('caller');
    const cache = cacheOf([identity, after]);
    const neighbours = new Neighbours();
    const woken = [...neighbours.concerned(after, cache), ...neighbours.concerned(caller, cache)];
    expect(names(woken)).toContain('identity');
  });

  it('are callers and called when a service is deleted', () => {
    expect(names(new Neighbours().concerned(identity, cacheOf([caller, stranger])))).toEqual(['caller']);
  });

  it('are those with which it shares an event, at either end', () => {
    const publisher = aService('p', { publishes: [{ event: 'a.b' }] });
    const consumer = aService('c', { consumes: [{ event: 'a.b' }] });
    const cache = cacheOf([publisher, consumer, stranger]);
    expect(names(new Neighbours().concerned(publisher, cache))).toEqual(['c']);
    expect(names(new Neighbours().concerned(consumer, cache))).toEqual(['p']);
  });

  it('are those that shared an event before, when it is published no more', () => {
    const before = aService('p', { publishes: [{ event: 'a.b' }] });
    const after = aService('p');
    const cache = cacheOf([after, aService('c', { consumes: [{ event: 'a.b' }] })]);
    const neighbours = new Neighbours();
    const woken = [...neighbours.concerned(after, cache), ...neighbours.concerned(before, cache)];
    expect(names(woken)).toEqual(['c']);
  });

  it('are the service of a pod, and those that only its former revision calls', () => {
    const env = [{ name: 'CALLS_IDENTITY_URL', value: 'http://identity.clinic.svc:8080' }];
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'c-1', namespace: 'clinic', labels: { 'careplane.dev/service': 'caller' } },
      spec: { containers: [{ name: 'caller', env }] },
    };
    expect(names(servicesOfPod(pod, cacheOf([identity, caller])))).toEqual(['caller']);
    expect(names(servicesOfPod(pod, cacheOf([identity, aService('caller')])))).toEqual([
      'caller',
      'identity',
    ]);
  });

  it('are in its own namespace only', () => {
    const elsewhere = aService('caller', { calls: [{ service: 'identity', port: 'http' }] });
    elsewhere.metadata.namespace = 'other';
    expect(new Neighbours().concerned(identity, cacheOf([identity, elsewhere]))).toEqual([]);
  });

  it('are those that declare a store, and the one whose credentials a Secret holds', () => {
    const user = aService('user', { stores: [{ store: 'db' }] });
    const cache = cacheOf([user, stranger]);
    expect(names(usersOfStore(aStore('db'), cache))).toEqual(['user']);
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'user.db', namespace: 'clinic' } };
    expect(names(usersOfSecret(secret, cache))).toEqual(['user']);
  });

  it('are those that name the Secret, and nobody for one that is like a service in name only', () => {
    const reader = aService('reader', { secrets: [{ name: 'keys' }] });
    const cache = cacheOf([reader, stranger]);
    const secret = (name: string): Parameters<typeof usersOfSecret>[0] => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: 'clinic' },
    });
    expect(names(usersOfSecret(secret('keys'), cache))).toEqual(['reader']);
    expect(usersOfSecret(secret('stranger'), cache)).toEqual([]);
  });

  it('are those that want one of its paths, whatever it was before, since the older one has it', () => {
    const other = aService('other', { http: { port: 8080, paths: ['/fhir/R4/Patient'] } });
    const before = aService('a', { http: { port: 8080, paths: ['/fhir/R4/Patient'] } });
    const after = aService('a', { http: { port: 8080, paths: ['/v1/visits'] } });
    const cache = cacheOf([other, after, stranger]);
    const neighbours = new Neighbours();
    const woken = [...neighbours.concerned(after, cache), ...neighbours.concerned(before, cache)];
    expect(names(woken)).toEqual(['other']);
    // Replaced by one that is otherwise the same, and younger.
    const again = { ...before, metadata: { ...before.metadata, creationTimestamp: '2026-01-02T00:00:00Z' } };
    neighbours.concerned(before, cacheOf([other, before]));
    expect(names(neighbours.concerned(again, cacheOf([other, again])))).toEqual(['other']);
  });

  it('are those that name the own Secret of a store or a broker', () => {
    const cache = cacheOf([
      aService('a', { secrets: [{ name: 'db-keyfile' }, { name: 'q-admin' }] }),
      stranger,
    ]);
    expect(names(usersOfStore(aStore('db'), cache))).toEqual(['a']);
    expect(names(usersOfBrokers(aBroker('q'), cache))).toEqual(['a']);
  });

  it('are all that take part in events, when a broker comes or goes', () => {
    const publisher = aService('p', { publishes: [{ event: 'a.b' }] });
    expect(names(usersOfBrokers(aBroker('rabbit'), cacheOf([publisher, stranger])))).toEqual(['p']);
  });
});
