import type { Store } from '../store.ts';
import type { AppointmentRecord } from './records.ts';

/** A version of an appointment, present or former. */
export async function versionOf(
  { appointments, versions }: Store,
  id: string,
  version: string,
): Promise<AppointmentRecord | undefined> {
  const present = await appointments.findOne({ _id: id });
  if (present === null || String(present.version) === version) return present ?? undefined;
  return (await versions.findOne({ _id: `${id}|${version}` }))?.record;
}
