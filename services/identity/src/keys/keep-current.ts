import { describeError, pause, securityAccess, serviceAgent } from '@careplane/kit';
import type { AuditTrail, ServiceContext } from '@careplane/kit';
import { Gauge } from 'prom-client';
import type { KeyState } from './key-check.ts';
import { moveToCurrentKeys } from './move-to-current.ts';
import type { MoveParts, MoveReport } from './move-to-current.ts';

/** So many ids of a list are logged. */
const SHOWN = 20;

type Context = Pick<ServiceContext, 'lifecycle' | 'logger' | 'metrics'>;
type Reports = NonNullable<Awaited<ReturnType<typeof moveToCurrentKeys>>>;

export interface KeepCurrentOptions extends Omit<MoveParts, 'signal'> {
  readonly state: KeyState;
  readonly audit: AuditTrail;
  /** How long after a pass the next one begins, in milliseconds: a replica with the former keys may have sealed since. */
  readonly everyMs: number;
}

/**
 * Brings accounts and apps under the current keys in the background, for as long as there are former ones. That it is done is
 * said only after a pass that has found everything so.
 */
export function keepUnderCurrentKeys(
  ctx: Context,
  { everyMs, state, audit, ...parts }: KeepCurrentOptions,
): void {
  const { lifecycle, logger } = ctx;
  const { signal } = lifecycle;
  const left = leftGauge(ctx);
  if (!state.rotating && !parts.secrets.hasFormer) return;
  /** @returns whether everything is under the current keys */
  const work = async (): Promise<boolean> => {
    const reports = await moveUntilQuiet({ ...parts, signal });
    if (!reports) return false;
    left.set({ kind: 'account' }, stuckOf(reports.accounts));
    left.set({ kind: 'app' }, stuckOf(reports.apps));
    if (stuckOf(reports.accounts) + stuckOf(reports.apps) > 0) {
      logger.error('keys: not everything is under the current keys, the former ones are still needed', {
        accounts: shown(reports.accounts),
        apps: shown(reports.apps),
      });
      return false;
    }
    if (await state.isUnsettled()) await audit.record([REPLACED]);
    await state.settle();
    logger.info('keys: all accounts and apps are under the current keys');
    return true;
  };
  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        if ((await work()) && !parts.secrets.hasFormer) return;
      } catch (error) {
        logger.warn('keys: not all data is under the current keys yet, it is tried again', {
          ...describeError(error),
        });
      }
      await pause(everyMs, signal);
    }
  };
  const running = loop();
  lifecycle.onShutdown('flush', 'data under new keys', () => running);
}

/** Replicas that find it out together record it each. */
const REPLACED = securityAccess({
  kind: 'keys-replaced',
  agent: serviceAgent('identity'),
  entities: [{ type: 'identity-keys' }],
});

async function moveUntilQuiet(parts: MoveParts): Promise<Reports | undefined> {
  for (;;) {
    const reports = await moveToCurrentKeys(parts);
    if (!reports || reports.accounts.moved + reports.apps.moved === 0) return reports;
  }
}

function stuckOf({ unreadable, doubled, waiting }: MoveReport): number {
  return unreadable.length + doubled.length + waiting.length;
}

function shown({ unreadable, doubled, waiting }: MoveReport): Record<string, unknown> {
  return {
    unreadable: unreadable.length,
    doubled: doubled.length,
    waiting: waiting.length,
    ids: [...unreadable, ...doubled, ...waiting].slice(0, SHOWN),
  };
}

function leftGauge({ metrics }: Context): Gauge<'kind'> {
  const gauge = new Gauge({
    name: 'careplane_sealed_values_left',
    help: 'Accounts and apps that the last pass could not bring under the current keys: the former ones must stay in the Secret.',
    labelNames: ['kind'] as const,
    registers: [metrics.registry],
  });
  for (const kind of ['account', 'app'] as const) gauge.set({ kind }, 0);
  return gauge;
}
