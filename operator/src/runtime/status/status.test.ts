import { describe, expect, it } from '@jest/globals';
import type { KubeClient } from '../client/client.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';
import type { AnyObject, CustomObject } from '../kube.ts';
import { ownFields, statusOf, StatusWriter, type Status } from './status.ts';

const { signal } = new AbortController();

interface Server {
  client: KubeClient;
  writes: AnyObject[];
}

/** An API server that stores a status as `keep` makes of it, under growing resource versions. */
function serverOf(keep: (status: Status) => Status = (status) => status): Server {
  const writes: AnyObject[] = [];
  const applyStatus = (object: AnyObject): Promise<AnyObject> => {
    writes.push(object);
    const metadata = { ...object.metadata, resourceVersion: String(100 + writes.length) };
    return Promise.resolve({ ...object, metadata, status: keep(object['status'] as Status) });
  };
  return { client: { applyStatus } as unknown as KubeClient, writes };
}

const objectOf = (resourceVersion: string, status?: Status): CustomObject<unknown> => ({
  apiVersion: 'v1',
  kind: 'X',
  metadata: { name: 'x', namespace: 'n', uid: 'u', resourceVersion },
  spec: {},
  ...(status === undefined ? {} : { status }),
});

describe('the status writer', () => {
  it('writes what differs, once, also while the cache has not seen it', async () => {
    const { client, writes } = serverOf();
    const writer = new StatusWriter();
    const status = statusOf({ ready: 1 }, 1, []);
    expect(await writer.write(client, objectOf('1'), status, signal)).toBe(true);
    expect(await writer.write(client, objectOf('1'), status, signal)).toBe(false);
    expect(await writer.write(client, objectOf('101', status), status, signal)).toBe(false);
    expect(writes).toHaveLength(1);
    expect(writes[0]?.metadata).toEqual({ name: 'x', namespace: 'n', uid: 'u' });
  });

  it('does not write what is there, whatever the order of its fields', async () => {
    const { client, writes } = serverOf();
    const present = { ready: 1, conditions: [], observedGeneration: 1 };
    await new StatusWriter().write(client, objectOf('1', present), statusOf({ ready: 1 }, 1, []), signal);
    expect(writes).toEqual([]);
  });

  it('does not write again and again what the API server drops', async () => {
    const { client, writes } = serverOf(({ conditions = [] }) => ({ conditions }));
    const writer = new StatusWriter();
    const status = statusOf({ unknown: 'field' }, undefined, []);
    await writer.write(client, objectOf('1'), status, signal);
    await writer.write(client, objectOf('101', { conditions: [] }), status, signal);
    expect(writes).toHaveLength(1);
  });

  it('puts back a status that somebody else changed', async () => {
    const { client, writes } = serverOf();
    const writer = new StatusWriter();
    const status = statusOf({ ready: 1 }, 1, []);
    await writer.write(client, objectOf('1'), status, signal);
    await writer.write(client, objectOf('200', { ...status, ready: 7 }), status, signal);
    expect(writes).toHaveLength(2);
  });

  it('judges from its own last write until the cache has caught up, and forgets with the object', async () => {
    const { client } = serverOf();
    const writer = new StatusWriter();
    const status = statusOf({ ready: 1 }, 1, []);
    await writer.write(client, objectOf('1'), status, signal);
    expect(writer.current(objectOf('1'))).toEqual(status);
    expect(writer.current(objectOf('102', { ready: 2 }))).toEqual({ ready: 2 });
    writer.forget('u');
    expect(writer.current(objectOf('1'))).toEqual({});
  });

  it('does not judge for ever from a write that a restored etcd has never seen', async () => {
    const { client, writes } = serverOf();
    const clock = new ManualClock();
    const writer = new StatusWriter(clock);
    const status = statusOf({ ready: 1 }, 1, []);
    await writer.write(client, objectOf('1'), status, signal);
    await clock.advance(31_000);
    expect(writer.current(objectOf('2'))).toEqual({});
    expect(await writer.write(client, objectOf('2'), status, signal)).toBe(true);
    expect(writes).toHaveLength(2);
  });
});

it('the fields of a controller are those without conditions and generation', () => {
  expect(ownFields({ ready: 1, conditions: [], observedGeneration: 4 })).toEqual({ ready: 1 });
});
