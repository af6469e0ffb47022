import { CallFailed, Invalid, Unavailable } from '@careplane/kit';
import type { AuditAgent, InternalClient } from '@careplane/kit';
import { z } from 'zod';

const access = z.object({
  /** Of the AuditEvent. */
  id: z.string(),
  recorded: z.iso.datetime(),
  result: z.enum(['granted', 'denied', 'failed']),
  // in plain words, in the language of the page
  who: z.string(),
  what: z.string(),
  why: z.string().optional(),
  outcome: z.string(),
  /** Set when the record was opened in an emergency. */
  emergency: z.string().optional(),
});

const page = z.object({
  /** As HTML names it. */
  language: z.string(),
  accesses: z.array(access),
  next: z.string().optional(),
});

/** One access to a record. */
export type RecordAccess = z.infer<typeof access>;
/** Some of them, the newest first. `next` asks for those before. */
export type AccessPage = z.infer<typeof page>;

export interface AccessQuestion {
  /** Who reads it: that is an access itself. */
  readonly agent: AuditAgent;
  /** All records of the one patient. */
  readonly patients: readonly string[];
  /** As `Accept-Language`. */
  readonly language: string;
  /** Epoch milliseconds. */
  readonly from?: number;
  readonly until?: number;
  readonly cursor?: string;
}

/** Who did what with a record, as the audit tells it. */
export interface RecordAccesses {
  /** @throws Unavailable while the audit cannot be asked; Invalid for a cursor that is none */
  of(question: AccessQuestion, signal?: AbortSignal): Promise<AccessPage>;
}

const A_PAGE = 50;
const LONGEST_LANGUAGE = 1_000;
/** The audit commits the entry of this read before it answers. */
const TIMEOUT_MS = 5_000;

/** Asks the service audit. */
export function auditedAccesses(audit: Pick<InternalClient, 'postJson'>): RecordAccesses {
  return {
    async of({ language, ...question }, signal): Promise<AccessPage> {
      const asked = { ...question, language: language.slice(0, LONGEST_LANGUAGE), count: A_PAGE };
      const options = { timeoutMs: TIMEOUT_MS, ...(signal ? { signal } : {}) };
      try {
        return await audit.postJson('/internal/accesses', asked, page, options);
      } catch (error) {
        if (!(error instanceof CallFailed)) throw error;
        if (error.status === 400)
          throw new Invalid([{ path: 'http.cursor', message: 'not a cursor of this page' }]);
        throw new Unavailable(2, { detail: 'The audit cannot be asked now', cause: error });
      }
    },
  };
}
