import { dataClassesOf } from '@careplane/kit';
import type { FieldFault } from '@careplane/kit';
import { toEpochMinute, toInstant } from '../grid/minutes.ts';
import type { EpochMinute } from '../grid/minutes.ts';
import type { Resource, Stored } from '../kit-fhir.ts';
import { faultAt, identifiersOf, referenceIn, without } from '../resource-fields.ts';
import { placeOfSlot, slotId } from '../slots/slot-id.ts';
import type { Changes } from './cancel.ts';
import { CANCELLATION_REASONS } from './records.ts';
import type { AppointmentRecord, CancellationReason } from './records.ts';
import { CANCELLATION, cancelationReason, visitReason } from './resource.ts';

/** What an Appointment asks for: a schedule, a start, and whom it is with. */
export interface FhirWish {
  readonly scheduleId: string;
  readonly start: EpochMinute;
  /** Absent: as long as the slot. */
  readonly end?: EpochMinute;
  /** Where the slots begin that were named, the first one first; none when a schedule was named. */
  readonly slots: readonly EpochMinute[];
  readonly patientId: string;
  /** Absent: whose schedule it is. */
  readonly practitionerId?: string;
}

type Faulty = { readonly faults: readonly FieldFault[] };
type Json = Readonly<Record<string, unknown>>;

/**
 * Reads what is to be booked: `slot`, or a Schedule in `supportingInformation` with `start`; one patient, and at most one
 * practitioner among the participants.
 */
export function readWish(resource: Resource): FhirWish | Faulty {
  const people = readPeople(resource);
  const time = readTime(resource);
  if ('faults' in people) return people;
  return 'faults' in time ? time : { ...people, ...time };
}

function readPeople(resource: Resource): Pick<FhirWish, 'patientId' | 'practitionerId'> | Faulty {
  const patients = participantsOf(resource, 'Patient');
  const practitioners = participantsOf(resource, 'Practitioner');
  const [patientId] = patients;
  if (patientId === undefined || patients.length > 1 || practitioners.length > 1) {
    return faulty('Appointment.participant', 'one patient, and at most one practitioner');
  }
  const [practitionerId] = practitioners;
  return { patientId, ...(practitionerId !== undefined && { practitionerId }) };
}

/** The ids of the participants of a type. */
export function participantsOf(resource: Resource, type: 'Patient' | 'Practitioner'): string[] {
  const participants = (resource['participant'] ?? []) as readonly { readonly actor?: unknown }[];
  return participants.flatMap(({ actor }) => referenceIn(actor, type) ?? []);
}

type Time = Pick<FhirWish, 'scheduleId' | 'start' | 'end' | 'slots'>;

function readTime(resource: Resource): Time | Faulty {
  const [start, end] = [minuteIn(resource['start']), minuteIn(resource['end'])];
  if (start === 'fault') return faulty('Appointment.start', 'must fall on a whole minute');
  if (end === 'fault') return faulty('Appointment.end', 'must fall on a whole minute');
  if (start !== undefined && end !== undefined && end <= start) {
    return faulty('Appointment.end', 'must be after start');
  }
  const slots = (resource['slot'] ?? []) as readonly unknown[];
  return slots.length === 0 ? bySchedule(resource, start, end) : bySlots(slots, start, end);
}

function bySchedule(resource: Resource, start?: EpochMinute, end?: EpochMinute): Time | Faulty {
  const named = (resource['supportingInformation'] ?? []) as readonly unknown[];
  const schedules = named.flatMap((reference) => referenceIn(reference, 'Schedule') ?? []);
  const [scheduleId] = schedules;
  if (scheduleId === undefined || schedules.length > 1) {
    return faulty('Appointment.slot', 'a slot, or one Schedule in supportingInformation and a start');
  }
  if (start === undefined) return faulty('Appointment.start', 'is needed where no slot is named');
  return { scheduleId, start, slots: [], ...(end !== undefined && { end }) };
}

function bySlots(slots: readonly unknown[], start?: EpochMinute, end?: EpochMinute): Time | Faulty {
  const places = slots.map((slot) => placeOfSlot(referenceIn(slot, 'Slot') ?? ''));
  const known = places.filter((place) => place !== undefined).sort((a, b) => a.start - b.start);
  const [first] = known;
  if (first === undefined || known.length < slots.length) {
    return faulty('Appointment.slot', 'references to slots of this server');
  }
  if (known.some(({ scheduleId }) => scheduleId !== first.scheduleId)) {
    return faulty('Appointment.slot', 'slots of one schedule');
  }
  if (start !== undefined && start !== first.start) return faulty('Appointment.start', "the slot's own");
  return { ...first, slots: known.map((place) => place.start), ...(end !== undefined && { end }) };
}

function minuteIn(instant: unknown): EpochMinute | 'fault' | undefined {
  if (typeof instant !== 'string') return undefined;
  try {
    return toEpochMinute(instant);
  } catch {
    return 'fault';
  }
}

function faulty(path: string, message: string): Faulty {
  return { faults: [faultAt(path, message)] };
}

/** The elements of an Appointment that are kept as they were sent: all but those that `toFhirAppointment` writes. */
export function contentOf(resource: Resource): Changes {
  return {
    kept: without(resource, ['resourceType', 'id', 'status']),
    identifiers: identifiersOf(resource),
    dataClasses: dataClassesOf(resource),
  };
}

/** The content with the practitioner among the participants, whose schedule it is. */
export function withPractitioner({ kept = {}, ...content }: Changes, practitionerId: string): Changes {
  const participants = (kept['participant'] ?? []) as readonly { readonly actor?: unknown }[];
  if (participants.some(({ actor }) => referenceIn(actor, 'Practitioner') === practitionerId)) {
    return { kept, ...content };
  }
  return {
    kept: { ...kept, participant: [...participants, accepted('Practitioner', practitionerId)] },
    ...content,
  };
}

/** The FHIR form of a stored appointment, also of one that was made without FHIR. */
export function toFhirAppointment(record: AppointmentRecord): Stored {
  const { kept = withoutFhir(record), start, end } = record;
  const meta = kept['meta'] ?? {};
  return {
    start: toInstant(start),
    end: toInstant(end),
    ...kept,
    minutesDuration: end - start,
    created: record.created.toISOString(),
    slot: kept['slot'] ?? [{ reference: `Slot/${slotId(record.scheduleId, start)}` }],
    resourceType: 'Appointment',
    id: record._id,
    meta: { ...meta, versionId: String(record.version), lastUpdated: record.updated.toISOString() },
    status: record.status,
  };
}

function withoutFhir({ patientId, practitionerId, reasonCode, cancellationReason }: AppointmentRecord): Json {
  return {
    participant: [accepted('Patient', patientId), accepted('Practitioner', practitionerId)],
    ...(reasonCode !== undefined && { reasonCode: [visitReason(reasonCode)] }),
    ...(cancellationReason !== undefined && { cancelationReason: cancelationReason(cancellationReason) }),
  };
}

function accepted(type: 'Patient' | 'Practitioner', id: string): object {
  return { actor: { reference: `${type}/${id}` }, status: 'accepted' };
}

/** Whether an update leaves alone who, when and where; what it does not say is as it was. */
export function isSameVisit(resource: Resource, record: AppointmentRecord): boolean {
  const [start, end] = [minuteIn(resource['start']), minuteIn(resource['end'])];
  return (
    (start ?? record.start) === record.start &&
    (end ?? record.end) === record.end &&
    participantsOf(resource, 'Patient').join() === record.patientId &&
    participantsOf(resource, 'Practitioner').join() === record.practitionerId &&
    (resource['minutesDuration'] ?? record.end - record.start) === record.end - record.start &&
    isSameSlots(resource, record)
  );
}

function isSameSlots(resource: Resource, record: AppointmentRecord): boolean {
  const slots = slotsIn(resource);
  return slots.length === 0 || slots.join() === slotsIn(toFhirAppointment(record)).join();
}

/** The ids of the slots, in an order of their own; empty for what refers to none. */
function slotsIn(resource: Resource): string[] {
  const slots = (resource['slot'] ?? []) as readonly unknown[];
  return slots.map((slot) => referenceIn(slot, 'Slot') ?? '').sort();
}

/** Elements that the server fills in where a client leaves them out, from what is stored. */
export const FILLED = ['start', 'end', 'minutesDuration', 'created', 'slot'] as const;

/** The content of an update: slots that it does not name are as they were. */
export function contentOfUpdate(resource: Resource, former: AppointmentRecord): Changes {
  const slot = resource['slot'] ?? former.kept?.['slot'];
  return contentOf(slot === undefined ? resource : { ...resource, slot });
}

/** The top level of the reason that a cancellation says in FHIR's code system, if it does. */
export function reasonIn(resource: Resource): CancellationReason | undefined {
  const { coding = [] } = (resource['cancelationReason'] ?? {}) as {
    readonly coding?: readonly { readonly system?: string; readonly code?: string }[];
  };
  const codes = coding.flatMap(({ system, code }) => (system === CANCELLATION && code ? [code] : []));
  return CANCELLATION_REASONS.find((reason) =>
    codes.some((code) => code === reason || code.startsWith(`${reason}-`)),
  );
}
