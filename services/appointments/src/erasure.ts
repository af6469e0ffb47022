import { openErasures } from '@careplane/kit';
import type { Erasures, ErasuresOptions, ServiceContext } from '@careplane/kit';
import type { AppointmentsConfig } from './config.ts';
import type { Store } from './store.ts';

export interface AppointmentsErasureOptions extends Pick<ErasuresOptions, 'mongo' | 'outbox' | 'ledger'> {
  readonly store: Store;
}

/** Erases patients: appointments with their versions; the time that they had taken is free again. */
export function openAppointmentsErasures(
  ctx: ServiceContext<AppointmentsConfig>,
  { store, ...parts }: AppointmentsErasureOptions,
): Promise<Erasures> {
  return openErasures(ctx, {
    ...parts,
    settleMs: ctx.config.ERASURE_SETTLE_MS,
    everyMs: ctx.config.ERASURE_COMPARE_MS,
    remove: (patientId, signal) => removeAppointments(store, patientId, signal),
    keptOf: (patientIds) => patientsIn(store, patientIds),
  });
}

const AT_ONCE = 500;

/** Versions go before the appointment by which they are found. */
async function removeAppointments(store: Store, patientId: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const found = await store.appointments.find({ patientId }, { projection: { _id: 1 }, limit: AT_ONCE });
    const ids = found.map(({ _id }) => _id);
    await store.versions.deleteMany({ appointmentId: { $in: ids } });
    await store.appointments.deleteMany({ _id: { $in: ids } });
    if (found.length < AT_ONCE) break;
  }
  await store.cells.deleteMany({ patientId });
}

async function patientsIn({ appointments }: Store, patientIds: readonly string[]): Promise<string[]> {
  const filter = { patientId: { $in: [...patientIds] } };
  const found = await appointments.find(filter, { projection: { patientId: 1 } });
  return [...new Set(found.map(({ patientId }) => patientId))];
}
