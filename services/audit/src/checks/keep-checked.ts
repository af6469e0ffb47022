import { describeError, keepDoing, pause } from '@careplane/kit';
import type { ServiceContext } from '@careplane/kit';
import { Counter } from 'prom-client';
import { CHECK_RESULTS, checkEntries } from './check-entries.ts';
import type { CheckParts } from './check-entries.ts';

export interface Pace {
  /** Between two bundles of 256 entries, in milliseconds. */
  readonly bundleMs: number;
  /** Between two ways through the log, in milliseconds. */
  readonly everyMs: number;
}

/** Checks the entries again and again in the background, and counts what they are. */
export function keepChecked(
  { lifecycle, logger, metrics }: Pick<ServiceContext, 'lifecycle' | 'logger' | 'metrics'>,
  parts: Omit<CheckParts, 'logger' | 'observe'>,
  { bundleMs, everyMs }: Pace,
): void {
  const checked = new Counter({
    name: 'careplane_audit_entries_checked_total',
    help: 'Entries that were compared with the log, by result: right, erased (with the patient), changed (what it is found by is not what it says), replaced, missing, unreadable.',
    labelNames: ['result'],
    registers: [metrics.registry],
  });
  for (const result of CHECK_RESULTS) checked.inc({ result }, 0);
  const observe: CheckParts['observe'] = (result) => {
    checked.inc({ result });
  };
  const { signal } = lifecycle;
  const turn = async (): Promise<void> => {
    await pause(bundleMs, signal);
    signal.throwIfAborted();
  };
  const onError = (error: unknown): void => {
    logger.warn('audit: entries are not checked now', describeError(error));
  };
  void keepDoing(() => checkEntries({ ...parts, logger, observe }, turn), { signal, everyMs, onError });
}
