import type { EventHandlers } from '@careplane/kit';
import type { AuditLog } from '../log/index.ts';
import type { Sealer } from '../sealing/sealer.ts';

/**
 * Entries that services have recorded: sealed, and in the log before the message is acknowledged. A message that is repeated adds
 * nothing: the log keeps each entry id once.
 */
export function intakeHandlers({
  log,
  sealer,
}: {
  readonly log: Pick<AuditLog, 'append'>;
  readonly sealer: Pick<Sealer, 'seal'>;
}): EventHandlers {
  return {
    'audit.recorded': async ({ data }) => {
      await log.append(await Promise.all(data.entries.map((entry) => sealer.seal(entry))));
      return 'ok';
    },
  };
}

/** Messages in hand at once: what comes together is appended together. */
export const PREFETCH = 100;
/** An entry is never given up: what cannot be appended now is tried once a minute for as long as it takes. */
export const MAX_ATTEMPTS = Number.MAX_SAFE_INTEGER;
