import { createAuditTrail } from '@careplane/kit';
import type { AuditTrail } from '@careplane/kit';
import type { AuditLog } from './log/index.ts';
import type { Sealer } from './sealing/sealer.ts';

/**
 * Reads of the audit are accesses, too. Their entries go straight into the log, before the answer: what is read is the log, so it is there.
 * An answer makes entries about itself once, and nobody reads those by that: there is no recursion.
 */
export function ownTrail(
  service: string,
  { log, sealer }: { readonly log: Pick<AuditLog, 'append'>; readonly sealer: Pick<Sealer, 'seal'> },
): AuditTrail {
  return createAuditTrail(
    { name: service },
    {
      put: async (entries) => log.append(await Promise.all(entries.map((entry) => sealer.seal(entry)))),
      add: () => Promise.reject(new Error('the audit has no writes over FHIR')),
    },
  );
}
