import { describe, expect, it } from '@jest/globals';
import type { KubeObject, ManagedFieldsEntry } from '../kube.ts';
import { isMeantToGo } from './confirmation.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const CONFIRM = 'careplane.dev/confirm-deletion';

function namespace(value?: string, managedFields: ManagedFieldsEntry[] = []): KubeObject {
  const annotations = value === undefined ? {} : { [CONFIRM]: value };
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'clinic', annotations, managedFields } };
}

function set(time: string, annotation = CONFIRM): ManagedFieldsEntry {
  const fieldsV1 = { 'f:metadata': { 'f:annotations': { [`f:${annotation}`]: {} } } };
  return { manager: 'kubectl-annotate', operation: 'Update', time, fieldsV1 };
}

describe('what a namespace says about deletions in it', () => {
  it.each<[string, KubeObject | undefined, boolean]>([
    ['it is gone', undefined, true],
    ['it says nothing', namespace(), false],
    ['it says something else', namespace('no', [set('2026-11-26T11:59:00Z')]), false],
    ['it confirms since a minute', namespace('true', [set('2026-11-26T11:59:00Z')]), true],
    ['it confirms, and nothing tells since when', namespace('true'), true],
    ['it was forgotten an hour ago', namespace('true', [set('2026-11-26T11:00:00Z')]), false],
    [
      'it was forgotten, and something else was annotated since',
      namespace('true', [set('2026-11-01T00:00:00Z'), set('2026-11-26T11:59:00Z', 'example.org/x')]),
      false,
    ],
    [
      'it was confirmed again by somebody else',
      namespace('true', [set('2026-11-01T00:00:00Z'), set('2026-11-26T11:59:00Z')]),
      true,
    ],
  ])('when %s', (_what, found, expected) => {
    expect(isMeantToGo(found, NOW)).toBe(expected);
  });

  it('when it is being deleted, everything in it is meant', () => {
    const going = namespace();
    going.metadata.deletionTimestamp = '2026-11-26T11:00:00Z';
    expect(isMeantToGo(going, NOW)).toBe(true);
  });
});
