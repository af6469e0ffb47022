import { randomUUIDv7 } from 'node:crypto';
import type { ServiceContext } from '../context.ts';
import { Unavailable } from '../http/errors.ts';
import type { Transaction } from '../mongo/transaction.ts';
import { traceHeaders } from '../observe/tracing.ts';
import type { Outbox, StandaloneEvents } from '../outbox/outbox.ts';
import { inBatches } from '../resilience/in-batches.ts';
import { entrySchema } from './entry.ts';
import type { Access, AuditEntry } from './entry.ts';
import { boundRefusals } from './refusals.ts';

/** Where a service records who did what to whose data. Entries reach the audit service by the outbox: once committed, at least once. */
export interface AuditTrail {
  /**
   * Resolves when the entries are on a majority of the database: from then on the answer may be given. Of refused accesses see
   * `boundRefusals`.
   * @throws Unavailable when they cannot be recorded now: then nothing may be disclosed
   */
  record(accesses: readonly Access[]): Promise<void>;
  /** The entries of a write: they commit with it, or neither does. */
  add(tx: Transaction, accesses: readonly Access[]): Promise<void>;
}

/** Of one event: far below what a message or a document may hold. */
const MOST_IN_EVENT = 200;
const MOST_ENTITIES_IN_EVENT = 4_000;

/** Where a trail's entries go. */
export interface TrailSink {
  /** Resolves when they are on a majority. */
  put(entries: readonly AuditEntry[]): Promise<void>;
  add(tx: Transaction, entries: readonly AuditEntry[]): Promise<void>;
}

/** Entries as events of the outbox, whose relay brings them to the audit service. */
export function throughOutbox(outbox: Outbox & StandaloneEvents): TrailSink {
  return {
    put: (entries) => outbox.put('audit.recorded', eventsOf(entries)),
    async add(tx, entries): Promise<void> {
      for (const event of eventsOf(entries)) await outbox.add(tx, 'audit.recorded', event);
    },
  };
}

/**
 * The trail of a service. Those who read at the same time share one insert (`inBatches`), so that the busier a service is, the less
 * an entry costs.
 */
export function createAuditTrail(
  { name: service }: Pick<ServiceContext, 'name'>,
  sink: TrailSink,
): AuditTrail {
  const refusals = boundRefusals();
  const insert = inBatches<readonly AuditEntry[], true>(async (requests) => {
    await sink.put(requests.flat());
    return requests.map(() => true);
  });
  return {
    async record(accesses): Promise<void> {
      const admitted = accesses.flatMap((one) => (one.outcome === 'granted' ? [one] : refusals.admit(one)));
      if (admitted.length === 0) return;
      try {
        await insert(entriesOf(service, admitted));
      } catch (error) {
        throw new Unavailable(1, { detail: 'The access cannot be recorded now', cause: error });
      }
    },
    add: (tx, accesses) => sink.add(tx, entriesOf(service, accesses)),
  };
}

/** The trail that the configuration asks for: where no audit service runs, nothing is recorded. */
export function openAuditTrail(ctx: ServiceContext, outbox: Outbox & StandaloneEvents): AuditTrail {
  return ctx.config.AUDIT_TRAIL === 'Required' ? createAuditTrail(ctx, throughOutbox(outbox)) : NO_TRAIL;
}

const NO_TRAIL: AuditTrail = { record: () => Promise.resolve(), add: () => Promise.resolve() };

function entriesOf(service: string, accesses: readonly Access[]): AuditEntry[] {
  const recorded = new Date().toISOString();
  const [, traceId] = /^00-([0-9a-f]{32})-/.exec(traceHeaders()['traceparent'] ?? '') ?? [];
  // a faulty one is an error of its own request, and not of those who share the insert
  return accesses.map((access) =>
    entrySchema.parse({ id: randomUUIDv7(), recorded, service, ...access, traceId }),
  );
}

interface RecordedEvent {
  readonly subject: string;
  readonly data: { entries: AuditEntry[] };
}

function eventsOf(entries: readonly AuditEntry[]): RecordedEvent[] {
  const events: AuditEntry[][] = [];
  let room = 0;
  for (const entry of entries) {
    const last = events.at(-1);
    room -= entry.entities.length;
    if (last && last.length < MOST_IN_EVENT && room >= 0) last.push(entry);
    else {
      events.push([entry]);
      room = MOST_ENTITIES_IN_EVENT - entry.entities.length;
    }
  }
  return events.map((some) => ({ subject: some[0]?.id ?? '', data: { entries: some } }));
}
