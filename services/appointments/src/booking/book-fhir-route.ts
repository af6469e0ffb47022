import { satisfies } from '@careplane/access';
import { audited, Forbidden, Invalid } from '@careplane/kit';
import type { Made, Transaction } from '@careplane/kit';
import { minuteOf } from '../grid/minutes.ts';
import type { EpochMinute, Interval } from '../grid/minutes.ts';
import type { Created, CreateOptions, Interaction, Resource, Stored } from '../kit-fhir.ts';
import type { Parts } from '../parts.ts';
import { conflict, refused } from '../problems.ts';
import { faultAt } from '../resource-fields.ts';
import type { ScheduleRecord } from '../schedules/record.ts';
import { conditionOf } from '../search/condition.ts';
import type { CreateCondition } from '../search/condition.ts';
import { misfit } from '../slots/slots.ts';
import { APPOINTMENT_SEARCH } from './appointment-search.ts';
import { contentOf, readWish, toFhirAppointment, withPractitioner } from './appointment-resource.ts';
import type { FhirWish } from './appointment-resource.ts';
import { attempt } from './attempt.ts';
import { book, newAppointmentRecord } from './book.ts';
import type { Wish } from './book.ts';
import { ClaimLost } from './claim.ts';
import { versionOf } from './versions.ts';

/** What a client may call an appointment that it wants to have. */
const WANTED = new Set(['proposed', 'pending', 'booked']);

/** `POST /fhir/R4/Appointment` books: what is created is booked, or nothing is created. */
export async function createAppointment(
  parts: Parts,
  resource: Resource,
  interaction: Interaction,
  options: CreateOptions,
): Promise<Created<Stored>> {
  const { claims, appointments } = parts.store;
  const sought = {
    type: 'Appointment',
    records: appointments,
    map: APPOINTMENT_SEARCH,
    toFhir: toFhirAppointment,
  };
  const condition = conditionOf(claims, sought, options);
  const match = await condition?.look();
  if (match) return { resource: match, created: false };
  try {
    return await bookOnce(parts, resource, interaction, condition);
  } catch (error) {
    if (!(error instanceof ClaimLost)) throw error;
    // The time may have been lost to the same conditional create, sent twice at once.
    const twin = await condition?.look();
    if (twin) return { resource: twin, created: false };
    throw conflict(error.conflict);
  }
}

async function bookOnce(
  parts: Parts,
  resource: Resource,
  interaction: Interaction,
  condition: CreateCondition | undefined,
): Promise<Created<Stored>> {
  const wish = readWish(resource);
  if ('faults' in wish) throw new Invalid(wish.faults);
  if (!WANTED.has(String(resource['status']))) throw refused('status-not-served');
  return attempt(parts, (enter) => {
    let judged: Wish | undefined;
    const how = {
      required: false,
      caller: interaction.subject,
      async before() {
        judged = await judge(parts, wish, interaction);
        await enter(judged);
      },
      async reread({ id, versionId = '1' }: Made) {
        const answered = await versionOf(parts.store, id, versionId);
        return answered && toFhirAppointment(answered);
      },
      existing: condition?.existing,
    };
    const work = async (tx: Transaction): Promise<Stored> => {
      if (judged === undefined) throw new Error('nothing was judged');
      const content = withPractitioner(contentOf(resource), judged.schedule.practitionerId);
      const appointment = newAppointmentRecord({ ...judged, content }, new Date());
      await book(parts, tx, { appointment, by: interaction.subject });
      return toFhirAppointment(appointment);
    };
    return parts.idempotency.create(interaction.req, how, audited(interaction.audit, work));
  });
}

/** The visit on its schedule: the checks that need no look at anybody's time. */
async function judge(parts: Parts, wish: FhirWish, interaction: Interaction): Promise<Wish> {
  const schedule = await parts.store.schedules.findOne({ _id: wish.scheduleId });
  if (schedule === null || schedule.active === false) {
    throw refused(wish.slots.length > 0 ? 'unknown-slot' : 'unknown-schedule');
  }
  requireAllowed(schedule, wish, interaction);
  const visit = visitOf(schedule, wish, interaction);
  const fault = misfit(schedule, visit, minuteOf(new Date()));
  if (fault !== undefined) throw refused(fault);
  await requirePatient(parts, wish.patientId, interaction);
  return { schedule, visit, patientId: wish.patientId };
}

/** The practitioner is known only now: the decision is asked again about what would be made. @throws Forbidden, Invalid */
function requireAllowed(schedule: ScheduleRecord, wish: FhirWish, { decision }: Interaction): void {
  if ((wish.practitionerId ?? schedule.practitionerId) !== schedule.practitionerId) {
    throw new Invalid([faultAt('Appointment.participant', 'the practitioner whose schedule it is')]);
  }
  const attributes = { patient: [wish.patientId], practitioner: [schedule.practitionerId] };
  if (!satisfies(decision.constraint, attributes)) throw new Forbidden();
}

/** @throws HttpProblem (422) for slots that do not follow each other, and when a patient chooses another length */
function visitOf(schedule: ScheduleRecord, wish: FhirWish, { subject }: Interaction): Interval {
  const { start, slots } = wish;
  const own = start + schedule.slotMinutes * Math.max(slots.length, 1);
  const end = wish.end ?? own;
  if (!follow(slots, schedule.slotMinutes) || (slots.length > 1 && end !== own)) throw refused('slots-apart');
  const choosesLength = end !== start + schedule.slotMinutes;
  if (choosesLength && subject.role === 'patient') throw refused('not-their-length');
  return { start, end };
}

/** Whether each slot begins where the one before it ends. */
export function follow(starts: readonly EpochMinute[], slotMinutes: number): boolean {
  return starts.every((start, at) => at === 0 || start === (starts[at - 1] ?? 0) + slotMinutes);
}

/** Whoever has a token of a patient is one; others may name nobody. */
async function requirePatient(parts: Parts, patientId: string, interaction: Interaction): Promise<void> {
  const { person } = interaction.subject;
  if (person?.type === 'Patient' && person.id === patientId) return;
  if (!(await parts.persons.exists('Patient', patientId, interaction.signal)))
    throw refused('unknown-patient');
}
