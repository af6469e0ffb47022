import { describe, expect, it } from '@jest/globals';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import type { Cache } from '../../runtime/controller.ts';
import type { KubeObject, ResourceType } from '../../runtime/kube.ts';
import { Neighbours, usersOfSecret, usersOfStore } from './concerned.ts';
import { aService, aStore } from './fixtures/objects.ts';

function cacheOf(services: HealthcareService[]): Cache {
  return {
    get: <T extends KubeObject>(_: ResourceType<T>, { name }: { name: string }) =>
      services.find(({ metadata }) => metadata.name === name) as unknown as T | undefined,
    list: <T extends KubeObject>() => services as unknown as T[],
  };
}

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

  it('are the consumers of what it publishes', () => {
    const publisher = aService('p', { publishes: [{ event: 'a.b' }] });
    const consumer = aService('c', { consumes: [{ event: 'a.b' }] });
    const cache = cacheOf([publisher, consumer, stranger]);
    expect(names(new Neighbours().concerned(publisher, cache))).toEqual(['c']);
  });

  it('are those that declare a store, and the one whose credentials a Secret holds', () => {
    const user = aService('user', { stores: [{ store: 'db' }] });
    const cache = cacheOf([user, stranger]);
    expect(names(usersOfStore(aStore('db'), cache))).toEqual(['user']);
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'user.db', namespace: 'clinic' } };
    expect(names(usersOfSecret(secret, cache))).toEqual(['user']);
  });
});
