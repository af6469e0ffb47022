import { expect, it } from '@jest/globals';
import { lastReady, NO_RECORD, readyAt, recordOf, recordStatus } from './record.ts';

const at = '2026-11-22T12:00:00Z';
const status = {
  begun: { revision: 'b', at },
  ready: [{ revision: 'a', at }],
  failed: { revision: 'b', reason: 'CrashLooping', message: 'exit code 1', retry: '1' },
} as const;

it('the record of revisions is in the status as it is remembered', () => {
  const record = recordOf({ rollout: { ...status, ready: [...status.ready] } });
  expect(record.begun).toEqual({ revision: 'b', at: Date.parse(at) });
  expect(recordStatus(record)).toEqual(status);
});

it('the record is empty where the status has none, and then adds nothing to it', () => {
  expect([recordOf(undefined), recordOf({})]).toEqual([NO_RECORD, NO_RECORD]);
  expect(recordStatus(NO_RECORD)).toStrictEqual({});
});

it('a failure without careplane.dev/retry is one with an empty value', () => {
  const { retry, ...failed } = status.failed;
  expect(retry).toBe('1');
  expect(recordOf({ rollout: { failed } }).failed?.retry).toBe('');
});

it('the last revision that was Ready is another than the spec’s, and its content is known', () => {
  const ready = ['c', 'b', 'a'].map((revision, index) => ({ revision, at: index }));
  expect(lastReady({ ready }, 'c', new Set(['c', 'a']))).toBe('a');
  expect(lastReady({ ready }, 'a', new Set(['a', 'b', 'c']))).toBe('c');
  expect(lastReady({ ready }, 'a', new Set(['a']))).toBeUndefined();
  expect([readyAt({ ready }, 'b'), readyAt({ ready }, 'x')]).toEqual([1, undefined]);
});
