import { describe, expect, it } from '@jest/globals';
import { appliedDigest, completeChild, judgeChild, type AppliedChild, type ChildState } from './child.ts';
import { contains } from './contains.ts';
import { ownershipOf } from './ownership.ts';
import type { AnyObject, CustomObject } from '../kube.ts';

const owner: CustomObject<unknown> = {
  apiVersion: 'careplane.dev/v1alpha1',
  kind: 'HealthcareService',
  metadata: { name: 'identity', namespace: 'clinic', uid: 'owner-uid' },
  spec: {},
};
const planned: AnyObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: '1' } };
const child = completeChild(planned, owner);
const wanted = appliedDigest(child) ?? '';

const memory: AppliedChild = {
  owner: 'Clinic n/o',
  digest: wanted,
  owned: 'ours',
  uid: 'u',
  resourceVersion: '10',
  at: 0,
};
const state = (change: Partial<ChildState> = {}, metadata: object = {}, owned = 'ours'): ChildState => ({
  wanted,
  memory,
  live: {
    object: { ...child, metadata: { ...child.metadata, uid: 'u', resourceVersion: '10', ...metadata } },
    owned,
  },
  seenVersion: '10',
  now: 1_000,
  ...change,
});

describe('the verdict about a child', () => {
  it.each<[string, ChildState]>([
    ['unchanged', state()],
    // Others changed what is not ours, or its status: newer, but our fields are still ours.
    ['unchanged', state({}, { resourceVersion: '11' })],
    ['changed', state({ wanted: 'other' })],
    ['drifted', state({}, { resourceVersion: '11' }, 'fewer')],
    ['drifted', state({}, { resourceVersion: '11', labels: {} })],
    ['drifted', state({}, { resourceVersion: '11', uid: 'another' })],
    ['drifted', state({ live: undefined, seenVersion: '12' })],
    ['missing', state({ live: undefined, memory: undefined })],
    // What is remembered is of another plan, or of an owner of that name that is gone.
    ['missing', state({ live: undefined, seenVersion: '12', wanted: 'other' })],
    ['terminating', state({}, { resourceVersion: '11', deletionTimestamp: 'now' })],
    ['unsure', state({ memory: undefined })],
    ['changed', state({ memory: undefined, wanted: 'other' })],
    // The cache has not seen our own write yet.
    ['unchanged', state({}, { resourceVersion: '9' }, 'before')],
    ['unchanged', state({ live: undefined, seenVersion: '9' })],
    ['changed', state({ wanted: 'other' }, { resourceVersion: '9' })],
    // ... but it is not excused for ever.
    ['drifted', state({ live: undefined, seenVersion: '9', now: 31_000 })],
  ])('is %s', (verdict, seen) => {
    expect(judgeChild(seen)).toBe(verdict);
  });
});

describe('a completed child', () => {
  it('carries namespace, labels by which it is found, owner and the digest of all that', () => {
    expect(child.metadata).toEqual({
      name: 'c',
      namespace: 'clinic',
      labels: {
        'careplane.dev/kind': 'healthcareservice',
        'careplane.dev/owner': 'identity',
        'careplane.dev/applied': wanted,
      },
      ownerReferences: [
        expect.objectContaining({
          kind: 'HealthcareService',
          name: 'identity',
          uid: 'owner-uid',
          controller: true,
        }),
      ],
    });
  });

  it('has another digest when anything of it changes, and the same when only the order of keys does', () => {
    expect(appliedDigest(completeChild({ ...planned, data: { a: '2' } }, owner))).not.toBe(wanted);
    const { metadata, ...rest } = planned;
    expect(appliedDigest(completeChild({ metadata, ...rest }, owner))).toBe(wanted);
  });

  it('has no owner when it is to outlive it', () => {
    const annotations = { 'careplane.dev/retain': 'true' };
    const kept = completeChild({ ...planned, metadata: { name: 'c', annotations } }, owner);
    expect(kept.metadata.ownerReferences).toBeUndefined();
  });

  it('is refused outside of the namespace of its owner, where no reference can tie it', () => {
    const metadata = { name: 'c', namespace: 'other' };
    expect(() => completeChild({ ...planned, metadata }, owner)).toThrow("outside of its owner's namespace");
  });
});

describe('the structural check', () => {
  it.each<[boolean, unknown, unknown]>([
    [true, { a: 1, added: 2 }, { a: 1 }],
    [true, { list: [{ a: 1, defaulted: true }] }, { list: [{ a: 1 }] }],
    [true, {}, { empty: {}, none: undefined, list: [] }],
    [false, { a: 1 }, { a: 2 }],
    [false, { list: [1, 2] }, { list: [1] }],
    [false, {}, { a: 1 }],
  ])('says %s', (result, live, desired) => {
    expect(contains(live, desired)).toBe(result);
  });
});

describe('ownership', () => {
  const entry = (fieldsV1: Record<string, unknown>, change: object = {}): object => ({
    manager: 'careplane',
    operation: 'Apply',
    fieldsV1,
    ...change,
  });

  it('changes when our entry loses a field, and with nothing else', () => {
    const fields = { 'f:data': { 'f:a': {}, 'f:b': {} } };
    const full = ownershipOf([entry(fields, { time: 'then' })]);
    const others = entry({ 'f:x': {} }, { manager: 'kubectl' });
    const status = entry({ 'f:status': {} }, { subresource: 'status' });
    expect(ownershipOf([others, status, entry(fields, { time: 'now' })])).toEqual(full);
    expect(ownershipOf([entry({ 'f:data': { 'f:a': {} } })])?.digest).not.toBe(full?.digest);
    expect(ownershipOf([others, status])).toBeUndefined();
  });

  it.each([
    '{"f:data":{"f:a":{}}}',
    '{"f:data":{"f:\\u003ca\\u0026\\u00e9":{},"k:{\\"name\\":\\"é\\"}":{}}}',
  ])('is the same of %s in JSON and as text', (text) => {
    const fieldsV1 = JSON.parse(text) as Record<string, unknown>;
    const asText = { manager: 'careplane', operation: 'Apply', fieldsJson: text };
    expect(ownershipOf([asText])).toEqual(ownershipOf([entry(fieldsV1)]));
  });
});
