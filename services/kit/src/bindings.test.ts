import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { bindingsAt } from './bindings.ts';
import { createTestBindings } from './testing/bindings.ts';
import type { TestBindings } from './testing/bindings.ts';

describe('bindings', () => {
  let mounted: TestBindings;
  beforeEach(() => {
    mounted = createTestBindings();
  });
  afterEach(() => {
    mounted.remove();
  });
  const mongodb = { type: 'mongodb', uri: 'mongodb://u:hunter2@h/', database: 'd' };

  it('finds a binding by its type, and sees a rotated file at the next read', () => {
    mounted.write('clinic-db', mongodb);
    const bindings = bindingsAt(mounted.root);
    expect(bindings.read('mongodb').uri).toBe('mongodb://u:hunter2@h/');
    mounted.write('clinic-db', { uri: 'mongodb://u:new@h/' });
    expect(bindings.read('mongodb').uri).toBe('mongodb://u:new@h/');
  });

  it('reads a volume as kubelet mounts it: entries are links into a hidden folder', () => {
    const data = join(mounted.root, 'clinic-db', '..2026');
    mkdirSync(data, { recursive: true });
    for (const [key, value] of Object.entries(mongodb)) {
      writeFileSync(join(data, key), `${value}\n`);
      symlinkSync(join('..2026', key), join(mounted.root, 'clinic-db', key));
    }
    expect(bindingsAt(mounted.root).read('mongodb')).toEqual(mongodb);
  });

  it('reads all entries of one moment, and the other ones once kubelet has swapped its link', () => {
    const folder = join(mounted.root, 'clinic-db');
    const publish = (version: string, entries: Record<string, string>): void => {
      mkdirSync(join(folder, version), { recursive: true });
      for (const [key, value] of Object.entries(entries)) writeFileSync(join(folder, version, key), value);
      symlinkSync(version, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    publish('..1', { ...mongodb, username: 'only-in-the-first' });
    for (const key of [...Object.keys(mongodb), 'username'])
      symlinkSync(join('..data', key), join(folder, key));
    const bindings = bindingsAt(mounted.root);
    expect(bindings.read('mongodb').username).toBe('only-in-the-first');
    publish('..2', { ...mongodb, uri: 'mongodb://u:new@h/' });
    // kubelet has swapped the link and not yet taken the entry away that is no more: it points nowhere now
    expect(bindings.read('mongodb')).toEqual({ ...mongodb, uri: 'mongodb://u:new@h/' });
  });

  it('parses the JSON entries of internal and routes', () => {
    mounted.write('internal', {
      type: 'careplane-internal',
      'tls.crt': 'c',
      'tls.key': 'k',
      'ca.crt': 'a',
      'callers.json': '{"http":["spiffe://a"]}',
    });
    mounted.write('routes', {
      type: 'careplane-routes',
      'routes.json': '[{"service":"s","url":"http://s","paths":["/v1"]}]',
    });
    const bindings = bindingsAt(mounted.root);
    expect(bindings.read('careplane-internal')['callers.json']).toEqual({ http: ['spiffe://a'] });
    expect(bindings.read('careplane-routes')['routes.json'][0]?.paths).toEqual(['/v1']);
  });

  it('refuses what is missing, doubled or malformed without quoting an entry', () => {
    const bindings = bindingsAt(mounted.root);
    expect(() => bindings.read('mongodb')).toThrow('no binding of type mongodb');
    expect(bindings.has('mongodb')).toBe(false);
    mounted.write('a', mongodb);
    mounted.write('b', mongodb);
    expect(() => bindings.read('mongodb')).toThrow('several bindings of type mongodb: a, b');
    expect(bindings.read('mongodb', 'b').database).toBe('d');
    mounted.write('cache', { type: 'redis', host: 'hunter2', port: 'x' });
    expect(() => bindings.read('redis')).toThrow('binding cache (redis) has missing or wrong entries: port');
    expect(() => bindings.secret('keys')).toThrow('secret keys is not mounted');
  });

  it('is empty, not broken, where nothing is mounted', () => {
    expect(bindingsAt('/nowhere/at/all').has('redis')).toBe(false);
  });
});
