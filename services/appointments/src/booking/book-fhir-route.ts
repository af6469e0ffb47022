import { ALL, satisfies } from '@careplane/access';
import { Forbidden, Invalid, PreconditionFailed } from '@careplane/kit';
import type { Made } from '@careplane/kit';
import type { Filter } from 'mongodb';
import { minuteOf } from '../grid/minutes.ts';
import type { EpochMinute, Interval } from '../grid/minutes.ts';
import { toMongoFilter } from '../kit-fhir.ts';
import type { Created, CreateOptions, Interaction, Resource, Stored } from '../kit-fhir.ts';
import type { Parts } from '../parts.ts';
import { conflict, refused } from '../problems.ts';
import { faultAt } from '../resource-fields.ts';
import type { ScheduleRecord } from '../schedules/record.ts';
import { misfit } from '../slots/slots.ts';
import { APPOINTMENT_SEARCH } from './appointment-search.ts';
import { contentOf, readWish, toFhirAppointment, withPractitioner } from './appointment-resource.ts';
import type { FhirWish } from './appointment-resource.ts';
import { attempt } from './attempt.ts';
import { book, newAppointmentRecord } from './book.ts';
import type { Wish } from './book.ts';
import { ClaimLost } from './claim.ts';
import { firstVersion } from './versions.ts';
import type { AppointmentRecord } from './records.ts';

/** What a client may call an appointment that it wants to have. */
const WANTED = new Set(['proposed', 'pending', 'booked']);

/** `POST /fhir/R4/Appointment` books: what is created is booked, or nothing is created. */
export async function createAppointment(
  parts: Parts,
  resource: Resource,
  interaction: Interaction,
  options: CreateOptions,
): Promise<Created<Stored>> {
  const match = await matching(parts, options);
  if (match) return { resource: match, created: false };
  try {
    return await bookOnce(parts, resource, interaction);
  } catch (error) {
    if (!(error instanceof ClaimLost)) throw error;
    // The time may have been lost to the same conditional create, sent twice at once.
    const twin = await matching(parts, options);
    if (twin) return { resource: twin, created: false };
    throw conflict(error.conflict);
  }
}

/** The one match of a conditional create. @throws PreconditionFailed when there are several */
async function matching({ store }: Parts, options: CreateOptions): Promise<Stored | undefined> {
  const { ifNoneExist, matchWithin } = options;
  if (ifNoneExist === undefined) return undefined;
  const within = { filters: ifNoneExist, constraint: matchWithin ?? ALL };
  const condition = toMongoFilter(within, APPOINTMENT_SEARCH) as Filter<AppointmentRecord>;
  const [first, second] = await store.appointments.find(condition, { limit: 2 });
  if (second) throw new PreconditionFailed();
  return first && toFhirAppointment(first);
}

async function bookOnce(
  parts: Parts,
  resource: Resource,
  interaction: Interaction,
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
      async reread({ id }: Made) {
        const first = await firstVersion(parts.store, id);
        return first && toFhirAppointment(first);
      },
    };
    return parts.idempotency.create(interaction.req, how, async (tx) => {
      if (judged === undefined) throw new Error('nothing was judged');
      const content = withPractitioner(contentOf(resource), judged.schedule.practitionerId);
      const appointment = newAppointmentRecord({ ...judged, content }, new Date());
      await book(parts, tx, { appointment, by: interaction.subject });
      return toFhirAppointment(appointment);
    });
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
