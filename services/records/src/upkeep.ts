import { describeError, keepDoing, requireKnownMarks } from '@careplane/kit';
import type { BlindIndex, ServiceContext } from '@careplane/kit';
import type { KeptKind } from './definitions.ts';

type Context = Pick<ServiceContext, 'lifecycle' | 'logger'>;

/** @throws KeysDoNotFit when records were indexed under lookup keys that are not here: nobody would find them */
export async function requireFittingLookupKeys(
  stores: readonly KeptKind[],
  index: BlindIndex,
): Promise<void> {
  for (const { kind, store } of stores) await requireKnownMarks(store.records, index, kind.type);
}

/** Makes tokens of former lookup keys anew, for as long as the service runs. Several replicas may do it at once. */
export async function keepIndexed(
  { lifecycle: { signal }, logger }: Context,
  stores: readonly KeptKind[],
  everyMs: number,
): Promise<void> {
  const onError = (error: unknown): void => {
    logger.warn('records: not indexed again yet', describeError(error));
  };
  await keepDoing(() => reindexAll({ signal, logger }, stores), { signal, everyMs, onError });
}

async function reindexAll(
  { signal, logger }: { readonly signal: AbortSignal; readonly logger: Context['logger'] },
  stores: readonly KeptKind[],
): Promise<void> {
  for (const { kind, store } of stores) {
    const done = await store.reindex({ signal });
    if (done > 0) logger.info('records: indexed again', { type: kind.type, done });
  }
}
