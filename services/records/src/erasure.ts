import { openErasures, RECORD_KEY } from '@careplane/kit';
import type { Erasures, ErasuresOptions, ServiceContext, ServiceKeys } from '@careplane/kit';
import type { RecordsConfig } from './config.ts';
import { DOCUMENTS_KEY } from './content/index.ts';
import type { DocumentContent } from './content/index.ts';
import type { KeptKind } from './definitions.ts';

export interface RecordsErasureOptions extends Pick<ErasuresOptions, 'mongo' | 'outbox' | 'ledger'> {
  readonly keys: ServiceKeys['keys'];
  readonly stores: readonly KeptKind[];
  readonly contents: Pick<DocumentContent, 'removeAllOf'>;
}

const PURPOSES = [RECORD_KEY, DOCUMENTS_KEY];

/** Erases patients: their keys, so that no copy can be read, then every record with versions and tokens, and every content of a document. */
export function openRecordsErasures(
  ctx: ServiceContext<RecordsConfig>,
  { keys, stores, contents, ...parts }: RecordsErasureOptions,
): Promise<Erasures> {
  const { ERASURE_SETTLE_MS, ERASURE_COMPARE_MS, DATA_KEY_MAX_AGE_MS } = ctx.config;
  return openErasures(ctx, {
    ...parts,
    settleMs: Math.max(ERASURE_SETTLE_MS, DATA_KEY_MAX_AGE_MS),
    everyMs: ERASURE_COMPARE_MS,
    async destroyKeys(patientId, tx): Promise<void> {
      await keys.destroy(subjectOf(patientId), tx, PURPOSES);
    },
    async remove(patientId): Promise<void> {
      for (const { store } of stores) await store.removeAllOf(patientId);
      await contents.removeAllOf(subjectOf(patientId));
    },
    async keptOf(patientIds): Promise<readonly string[]> {
      const alive = new Set(await keys.alive(patientIds.map(subjectOf)));
      return patientIds.filter((id) => alive.has(subjectOf(id)));
    },
  });
}

function subjectOf(patientId: string): string {
  return `Patient/${patientId}`;
}
