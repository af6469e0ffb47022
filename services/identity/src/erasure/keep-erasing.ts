import { describeError, pause } from '@careplane/kit';
import type { ServiceContext } from '@careplane/kit';
import type { Sessions } from '../oidc/sessions.ts';
import type { Anchor } from './anchor.ts';
import type { Erasures } from './erasures.ts';

export interface KeepErasingOptions {
  readonly erasures: Erasures;
  readonly anchor: Anchor;
  readonly sessions: Pick<Sessions, 'endAll'>;
  readonly everyMs: number;
}

type Context = Pick<ServiceContext, 'lifecycle' | 'logger'>;

/** Does what is due, finishes what was begun, and keeps ledger and anchor alike, for as long as the service runs. */
export async function keepErasing(ctx: Context, options: KeepErasingOptions): Promise<void> {
  const { signal } = ctx.lifecycle;
  const { erasures } = options;
  const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['restored', () => compareAnchor(ctx, options)],
    ['due', () => erasures.eraseDue()],
    ['sessions', () => endSessions(options)],
    ['unfinished', () => erasures.finish()],
  ];
  while (!signal.aborted) {
    for (const [step, work] of steps) await tried(ctx, step, work);
    await pause(options.everyMs, signal);
  }
}

/** A step that fails is tried again with the next round, and keeps no other one from its work. */
async function tried(
  { lifecycle, logger }: Context,
  step: string,
  work: () => Promise<unknown>,
): Promise<void> {
  if (lifecycle.signal.aborted) return;
  try {
    await work();
  } catch (error) {
    logger.warn('erasures: a step is to be done again', { step, ...describeError(error) });
  }
}

/** What the anchor knows and the ledger does not was lost with a restored database: it is erased again. And the other way round. */
export async function compareAnchor(
  { logger }: Pick<Context, 'logger'>,
  { erasures, anchor }: Pick<KeepErasingOptions, 'erasures' | 'anchor'>,
): Promise<void> {
  let restored = 0;
  for await (const entries of anchor.all()) restored += await erasures.restore(entries);
  if (restored > 0) logger.warn('erasures: done again, the database was restored', { patients: restored });
  for (let after = ''; ;) {
    const page = await erasures.page(after);
    const last = page.at(-1);
    if (!last) return;
    await anchor.add(page);
    after = last.patientId;
  }
}

/** Nobody logs in any more once the account is gone; this ends what is in the cache of those who were logged in. */
async function endSessions({ erasures, sessions }: KeepErasingOptions): Promise<void> {
  for (const { _id, accounts = [] } of await erasures.records.find({ 'accounts.0': { $exists: true } })) {
    for (const account of accounts) {
      await sessions.endAll(account);
      await erasures.records.updateOne({ _id }, { $pull: { accounts: account } });
    }
  }
}
