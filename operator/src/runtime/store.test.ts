import { describe, expect, it } from '@jest/globals';
import { ObjectStore, type Entry } from './store.ts';

const entry = (name: string, version: number, owner = 'a', namespace = 'n'): Entry => ({
  object: {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace,
      uid: name,
      resourceVersion: String(version),
      labels: { 'careplane.dev/owner': owner, app: 'x' },
    },
  },
  owned: undefined,
});
const names = (store: ObjectStore, labels: Record<string, string>, namespace?: string): string[] =>
  store.list(namespace, labels).map(({ metadata }) => metadata.name);

describe('the store', () => {
  it('finds by label and namespace, and follows a change of labels', () => {
    const store = new ObjectStore();
    for (const item of [entry('1', 1), entry('2', 2, 'b'), entry('3', 3, 'a', 'm')]) store.put(item);
    expect(names(store, { 'careplane.dev/owner': 'a' })).toEqual(['1', '3']);
    expect(names(store, { 'careplane.dev/owner': 'a', app: 'x' }, 'm')).toEqual(['3']);
    store.put(entry('1', 4, 'b'));
    expect(names(store, { 'careplane.dev/owner': 'a' })).toEqual(['3']);
    expect(names(store, { 'careplane.dev/owner': 'none' })).toEqual([]);
  });

  it('ignores what is older than what it has', () => {
    const store = new ObjectStore();
    store.put(entry('1', 10));
    expect(store.put(entry('1', 9))).toBeUndefined();
    expect(store.put(entry('1', 10))).toBeUndefined();
    expect(store.put(entry('1', 11))?.type).toBe('updated');
  });

  it('a new list of one namespace tells what came, changed and went there, and touches no other', () => {
    const store = new ObjectStore();
    for (const item of [entry('same', 1), entry('changed', 2), entry('gone', 3), entry('other', 4, 'a', 'm')])
      store.put(item);
    const changes = store.replace('n', [entry('same', 1), entry('changed', 5), entry('new', 6)]);
    expect(changes.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
      'deleted gone',
      'updated changed',
      'added new',
    ]);
    expect(store.size).toBe(4);
  });

  it('believes a list whose versions went back', () => {
    const store = new ObjectStore();
    store.put(entry('1', 100));
    expect(store.replace(undefined, [entry('1', 5)])).toHaveLength(1);
    expect(store.get({ namespace: 'n', name: '1' })?.object.metadata.resourceVersion).toBe('5');
  });
});
