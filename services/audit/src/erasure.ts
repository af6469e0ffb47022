import { applyLedger, keepCompared, newEvent, publishEvent, withTransaction } from '@careplane/kit';
import type { Amqp, ErasureLedger, EventHandlers, LedgerEntry, Mongo, ServiceContext } from '@careplane/kit';
import type { AuditConfig } from './config.ts';
import { AUDIT_KEY, subjectOf } from './sealing/sealed-entry.ts';
import type { Protection } from './sealing/sealer.ts';

export interface AuditErasureOptions {
  readonly mongo: Mongo;
  readonly amqp: Pick<Amqp, 'publish'>;
  readonly ledger: Pick<ErasureLedger, 'page'>;
  readonly protection: Protection;
}

/**
 * Erases patients by destroying the keys of their sealed entries. The entries stay, since the log is append-only: that there was an access,
 * when, and whether it was granted. Tombstones of keys tell who was erased; this service can write nothing else.
 *
 * It resolves when identity's ledger was compared: a restored database shows nobody who was erased.
 */
export async function openAuditErasures(
  ctx: ServiceContext<AuditConfig>,
  { mongo, amqp, ledger, protection }: AuditErasureOptions,
): Promise<EventHandlers> {
  const { keys, subjectKeys } = protection;
  /** Under each lookup key that is known: entries of before its change were sealed under another subject. */
  const subjectsOf = (patient: string): string[] => subjectKeys.map((key) => subjectOf([key], { patient }));
  const destroy = ({ patientId }: LedgerEntry): Promise<void> =>
    withTransaction(mongo, async (tx) => {
      for (const subject of subjectsOf(patientId)) await keys.destroy(subject, tx, [AUDIT_KEY]);
    });
  const missing = async (page: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> => {
    const destroyed = new Set(await keys.destroyed(page.flatMap(({ patientId }) => subjectsOf(patientId))));
    return page.filter(({ patientId }) => !subjectsOf(patientId).every((one) => destroyed.has(one)));
  };
  const { signal } = ctx.lifecycle;
  const compare = async (): Promise<void> => {
    const applied = await applyLedger({ ledger, missing, erase: destroy, signal });
    if (applied > 0) ctx.logger.warn('erasures: done again', { patients: applied });
  };
  await keepCompared(ctx, compare, ctx.config.ERASURE_COMPARE_MS);
  return {
    'patient.erased': async ({ data }) => {
      await destroy(data);
      // It can write no outbox: what is not confirmed is said when the event comes again.
      const { erasureId, patientId } = data;
      const done = { subject: patientId, data: { erasureId, patientId, service: ctx.name } };
      await publishEvent(amqp, newEvent(ctx.name, 'patient.erasure.done', done));
      return 'ok';
    },
  };
}
