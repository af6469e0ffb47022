import { describe, expect, it } from '@jest/globals';
import type { AnyObject } from '../kube.ts';
import { ownsWhole } from './owned-fields.ts';

const owner = { apiVersion: 'v1', kind: 'X', name: 'o', uid: 'u' };
const service: AnyObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', namespace: 'n', labels: { app: 'x' }, ownerReferences: [owner] },
  spec: {
    selector: { app: 'x' },
    ports: [
      { name: 'http', port: 80 },
      { name: 'admin', port: 81, protocol: 'TCP' },
    ],
    clusterIP: undefined,
    externalName: null,
  },
};

/** As a real API server writes it for the service above. */
const fields = {
  'f:metadata': {
    'f:labels': { 'f:app': {} },
    'f:ownerReferences': { 'k:{"uid":"u"}': {} },
  },
  'f:spec': {
    'f:selector': {},
    'f:ports': {
      'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {} },
      'k:{"port":81,"protocol":"TCP"}': { '.': {}, 'f:name': {}, 'f:port': {}, 'f:protocol': {} },
    },
  },
};

/** The fields without one of them; what is empty then goes, too, as at the API server. */
function lacking(first: string, ...rest: string[]): Record<string, unknown> {
  return without(fields, [first, ...rest]);
}

function without(set: Record<string, unknown>, [name = '', ...rest]: string[]): Record<string, unknown> {
  expect(set).toHaveProperty([name]);
  const { [name]: at, ...others } = set;
  if (rest.length === 0) return others;
  const left = without(at as Record<string, unknown>, rest);
  return Object.keys(left).length === 0 ? others : { ...others, [name]: left };
}

describe('a field set', () => {
  it('that has every field of the object owns the whole', () => {
    expect(ownsWhole(fields, service)).toBe(true);
  });

  it.each([
    ['a label', lacking('f:metadata', 'f:labels', 'f:app')],
    ['the owner reference', lacking('f:metadata', 'f:ownerReferences', 'k:{"uid":"u"}')],
    ['an atomic map', lacking('f:spec', 'f:selector')],
    ['an item of a list', lacking('f:spec', 'f:ports', 'k:{"port":81,"protocol":"TCP"}')],
    ['a field of an item', lacking('f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}', 'f:name')],
    ['all metadata', lacking('f:metadata')],
    ['everything', {}],
  ])('that lacks %s does not', (_what, some) => {
    expect(ownsWhole(some, service)).toBe(false);
  });

  it('knows the items of sets', () => {
    const finalizers = { 'f:metadata': { 'f:finalizers': { 'v:"a"': {} } } };
    const object = (...names: string[]): AnyObject => ({
      apiVersion: 'v1',
      kind: 'X',
      metadata: { name: 'x', finalizers: names },
    });
    expect(ownsWhole(finalizers, object('a'))).toBe(true);
    expect(ownsWhole(finalizers, object('a', 'b'))).toBe(false);
  });
});
