import { z } from 'zod';
import type { InternalClient } from '../auth/internal-client.ts';

/** Where identity tells which patients were erased. */
export const ERASURES_PATH = '/internal/erasures';

const id = z.string().min(1).max(128);
const entry = z.object({ erasureId: id, patientId: id, proof: id });

/** That a patient was erased. */
export type LedgerEntry = z.infer<typeof entry>;

/** The answer of `GET /internal/erasures?after=<patient>`: in the order of patients' ids; none: that was all. */
export const erasurePage = z.object({ erasures: z.array(entry) });

/** What `POST /internal/erasures` takes: patients of whom a service knows that they were erased. */
export const erasureReport = z.object({ erasures: z.array(entry).max(1_000) });

/** Who was erased, as identity keeps it. */
export interface ErasureLedger {
  /** The next ones, in the order of patients' ids. */
  page(after: string, signal: AbortSignal): Promise<readonly LedgerEntry[]>;
  /** Tells identity of erasures that it may have lost with a restored database. Repeated, it changes nothing. */
  report(erasures: readonly LedgerEntry[], signal: AbortSignal): Promise<void>;
}

/** Asks identity. */
export function identityLedger(identity: Pick<InternalClient, 'getJson' | 'postJson'>): ErasureLedger {
  return {
    async page(after, signal): Promise<readonly LedgerEntry[]> {
      const path = `${ERASURES_PATH}?${new URLSearchParams({ after }).toString()}`;
      return (await identity.getJson(path, erasurePage, { signal })).erasures;
    },
    async report(erasures, signal): Promise<void> {
      await identity.postJson(ERASURES_PATH, { erasures }, z.object({}), { signal });
    },
  };
}
