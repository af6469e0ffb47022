import { describe, expect, it } from '@jest/globals';
import type { ObjectMeta } from '../../kube.ts';
import {
  bytesField,
  encodeMetadata,
  enveloped,
  eventFrame,
  numberField,
} from '../../fixtures/protobuf-encoder.ts';
import { decodeObject, decodeWatchEvent } from './envelope.ts';

const KIND = 'PartialObjectMetadata';

const metadata: ObjectMeta = {
  name: 'scheduling',
  namespace: 'clinic',
  uid: '0b5c2b59-6b7b-4a3e-8b8e-2d6a1d4fbb01',
  resourceVersion: '4711',
  generation: 3,
  creationTimestamp: '2026-11-29T21:00:00Z',
  deletionTimestamp: '2026-11-30T00:00:59Z',
  finalizers: ['test.careplane.dev/a', 'test.careplane.dev/b'],
  labels: { app: 'scheduling', 'careplane.dev/owner': 'scheduling', empty: '' },
  annotations: { note: 'Größe: 3 µm 😀', long: 'x'.repeat(300) },
  ownerReferences: [
    {
      apiVersion: 'v1',
      kind: 'A',
      name: 'scheduling',
      uid: 'u',
      controller: true,
      blockOwnerDeletion: false,
    },
    { apiVersion: 'v1', kind: 'B', name: 'b', uid: 'v' },
  ],
  managedFields: [
    { manager: 'careplane', operation: 'Apply', fieldsJson: '{"f:data":{"f:a":{}}}', subresource: '' },
    { manager: 'kubelet', operation: 'Update', fieldsJson: '{"f:status":{}}', subresource: 'status' },
  ],
};
const object = { apiVersion: 'meta.k8s.io/v1', kind: KIND, metadata };

describe('an answer in protobuf', () => {
  it('is the metadata that JSON would have', () => {
    expect(decodeObject(enveloped(KIND, encodeMetadata(metadata)))).toEqual(object);
  });

  it('has nothing where Go writes an empty text, a 0 or no time', () => {
    const least = decodeObject(enveloped(KIND, encodeMetadata({ name: 'a' }))) as typeof object;
    expect(JSON.parse(JSON.stringify(least.metadata))).toEqual({ name: 'a' });
  });

  it('is a list with the token of its next page', () => {
    const list = Buffer.concat([
      bytesField(1, Buffer.concat([bytesField(2, '12'), bytesField(3, 'next'), numberField(4, 7)])),
      ...['a', 'b'].map((name) => bytesField(2, encodeMetadata({ name }))),
    ]);
    expect(decodeObject(enveloped('PartialObjectMetadataList', list))).toMatchObject({
      metadata: { resourceVersion: '12', continue: 'next' },
      items: [{ metadata: { name: 'a' } }, { metadata: { name: 'b' } }],
    });
  });

  it.each<[string, Buffer]>([
    ['no bytes', Buffer.alloc(0)],
    ['JSON', Buffer.from('{"kind":"PartialObjectMetadata"}')],
    ['an object that was not asked for', enveloped('Secret', encodeMetadata({ name: 'a' }))],
    [
      'an envelope without an object',
      Buffer.concat([Buffer.from('k8s\0'), bytesField(1, bytesField(2, KIND))]),
    ],
  ])('is refused when it is %s', (_what, bytes) => {
    expect(() => decodeObject(bytes)).toThrow('protobuf');
  });

  it('is refused wherever it is cut off', () => {
    const whole = enveloped(KIND, encodeMetadata(metadata));
    // The last four bytes are the two empty texts behind the object.
    for (let length = 0; length < whole.length - 4; length++)
      expect(() => decodeObject(whole.subarray(0, length))).toThrow('protobuf');
  });
});

describe('an event in protobuf', () => {
  it('is its type and the object', () => {
    const frame = eventFrame('MODIFIED', enveloped(KIND, encodeMetadata(metadata))).subarray(4);
    expect(decodeWatchEvent(frame)).toEqual({ type: 'MODIFIED', object });
  });

  it('is a Status when it is an error', () => {
    const details = bytesField(5, numberField(5, 1));
    const status = [bytesField(2, 'Failure'), bytesField(3, 'too old'), bytesField(4, 'Expired'), details];
    const raw = Buffer.concat([...status, numberField(6, 410)]);
    expect(decodeWatchEvent(eventFrame('ERROR', enveloped('Status', raw)).subarray(4))).toEqual({
      type: 'ERROR',
      object: { message: 'too old', reason: 'Expired', code: 410 },
    });
  });
});
