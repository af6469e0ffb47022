import { describe, expect, it } from '@jest/globals';
import { failedConditions, mergeConditions, overrideConditions, Ready, summarize } from './conditions.ts';
import type { JudgedCondition } from '../controller.ts';
import type { Condition } from '../kube.ts';

const judged = (type: string, status: Condition['status'], message = 'm'): JudgedCondition => ({
  type,
  status,
  reason: `${type}${status}`,
  message,
});
const at = (iso: string): number => Date.parse(iso);
const FIRST = '2026-01-01T00:00:00Z';
const LATER = '2026-01-02T00:00:00Z';

describe('merging conditions', () => {
  const first = mergeConditions([judged('Deployed', 'False', 'one')], {
    current: [],
    generation: 1,
    now: at(FIRST),
  });

  const stalled: Condition = { ...judged('Stalled', 'True'), reason: 'Former' };

  it('keeps the transition time while the status stays, whatever reason and message do', () => {
    const second = mergeConditions([{ ...judged('Deployed', 'False', 'two'), reason: 'Other' }], {
      current: first,
      generation: 2,
      now: at(LATER),
    });
    expect(second[1]).toEqual({
      type: 'Deployed',
      status: 'False',
      reason: 'Other',
      message: 'two',
      observedGeneration: 2,
      lastTransitionTime: FIRST,
    });
    expect(second[0]).toMatchObject({ type: 'Ready', lastTransitionTime: FIRST });
  });

  it('sets a new transition time when the status changes', () => {
    const second = mergeConditions([judged('Deployed', 'True')], {
      current: first,
      generation: 1,
      now: at(LATER),
    });
    expect(second.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual([LATER, LATER]);
  });

  it('drops what is no longer judged and never lets a controller judge Ready', () => {
    const second = mergeConditions([judged('Ready', 'True'), judged('Other', 'False')], {
      current: first,
      generation: 1,
      now: at(LATER),
    });
    expect(second.map(({ type, status }) => `${type}=${status}`)).toEqual(['Ready=False', 'Other=False']);
  });

  it('shows a failing reconcile in Ready and leaves the others as they were', () => {
    const context = { current: [...first, stalled], generation: 1, now: at(LATER) };
    const failed = failedConditions(
      Ready.because('ReconcileFailed', 'boom'),
      [judged('Stalled', 'True')],
      context,
    );
    expect(failed[0]).toMatchObject({ type: 'Ready', reason: 'ReconcileFailed', lastTransitionTime: FIRST });
    expect(failed[1]).toMatchObject({ type: 'Stalled', reason: 'StalledTrue' });
    expect(failed.slice(2)).toEqual(first.slice(1));
  });
});

describe('Ready', () => {
  it.each([
    [[judged('A', 'True'), judged('B', 'Unknown'), judged('C', 'False'), judged('D', 'False')], 'CFalse'],
    [[judged('A', 'True'), judged('B', 'Unknown')], 'BUnknown'],
    [[judged('A', 'True')], 'Ready'],
    [[], 'Ready'],
  ])('is False before Unknown before True, with the first reason', (conditions, reason) => {
    expect(summarize(conditions)).toMatchObject({ type: 'Ready', reason });
  });
});

describe('a condition that only informs', () => {
  const informing = { ...judged('Paused', 'False'), informs: true } as const;

  it('is shown and leaves Ready to the others', () => {
    const merged = mergeConditions([informing, judged('Deployed', 'True')], {
      current: [],
      generation: 1,
      now: at(FIRST),
    });
    expect(merged.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Ready=True',
      'Paused=False',
      'Deployed=True',
    ]);
    expect(merged.some((condition) => 'informs' in condition)).toBe(false);
  });

  it('counts again when an override does not inform', () => {
    const merged = overrideConditions([informing], [judged('Paused', 'False')]);
    expect(summarize(merged)).toMatchObject({ status: 'False', reason: 'PausedFalse' });
  });
});

it('an override replaces a condition in its place and adds others at the end', () => {
  const merged = overrideConditions(
    [judged('A', 'True'), judged('B', 'True')],
    [judged('C', 'False'), judged('A', 'False')],
  );
  expect(merged.map(({ type, status }) => `${type}=${status}`)).toEqual(['A=False', 'B=True', 'C=False']);
});
