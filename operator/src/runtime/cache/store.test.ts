import { describe, expect, it } from '@jest/globals';
import type { Index } from '../controller.ts';
import { configMaps } from '../fixtures/clinic.ts';
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
      'updated changed',
      'added new',
      'deleted gone',
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

describe('an index', () => {
  const byApp: Index = {
    type: configMaps,
    name: 'by-app',
    keys: ({ metadata }) => (metadata.labels?.['app'] ?? '').split('-').filter((part) => part !== ''),
  };
  const app = (name: string, version: number, value: string): Entry => {
    const made = entry(name, version);
    made.object.metadata.labels = { app: value };
    return made;
  };
  const found = (store: ObjectStore, key: string): string[] | undefined =>
    store.byIndex('by-app', key)?.map(({ metadata }) => metadata.name);

  it('finds what has the key, follows changes and deletions, and takes in what was there before', () => {
    const store = new ObjectStore();
    store.put(app('1', 1, 'x-y'));
    store.addIndex(byApp);
    store.put(app('2', 2, 'y'));
    expect([found(store, 'x'), found(store, 'y'), found(store, 'z')]).toEqual([['1'], ['1', '2'], []]);
    store.put(app('1', 3, 'z'));
    expect([found(store, 'x'), found(store, 'y'), found(store, 'z')]).toEqual([[], ['2'], ['1']]);
    store.delete({ namespace: 'n', name: '1' });
    store.replace('n', [app('2', 9, 'x')]);
    expect([found(store, 'x'), found(store, 'y'), found(store, 'z')]).toEqual([['2'], [], []]);
  });

  it('that nobody added is told from one that has nothing under the key', () => {
    expect(new ObjectStore().byIndex('by-app', 'x')).toBeUndefined();
  });
});
