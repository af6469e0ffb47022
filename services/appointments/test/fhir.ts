import { OPENING_HOURS, SLOT_MINUTES } from '../src/schedules/schedule-resource.ts';
import type { Answer } from './answer.ts';
import { inDays } from './times.ts';

/** What a FHIR Schedule of the tests may differ in. */
export interface ScheduleWish {
  readonly practitionerId: string;
  readonly slotMinutes?: number;
  readonly timeZone?: string;
  readonly from?: string;
  readonly to?: string;
  readonly days?: readonly [number, number];
}

/** A Schedule as a client sends it; around the clock for the next month, unless it says otherwise. */
export function scheduleOf(wish: ScheduleWish): Record<string, unknown> {
  const { slotMinutes = 30, timeZone = 'UTC', from = '00:00:00', to = '00:00:00', days = [0, 30] } = wish;
  return {
    resourceType: 'Schedule',
    actor: [{ reference: `Practitioner/${wish.practitionerId}` }],
    planningHorizon: { start: inDays(days[0]), end: inDays(days[1]) },
    extension: [
      { url: SLOT_MINUTES, valuePositiveInt: slotMinutes },
      {
        url: OPENING_HOURS,
        extension: [
          { url: 'from', valueTime: from },
          { url: 'to', valueTime: to },
          { url: 'timeZone', valueCode: timeZone },
        ],
      },
    ],
  };
}

/** An Appointment as a client sends it that leaves start and end to the slot: then it is proposed (R4's invariant app-3). */
export function visitOf(
  patientId: string,
  slot: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    resourceType: 'Appointment',
    status: 'proposed',
    slot: [{ reference: `Slot/${slot}` }],
    participant: [{ actor: { reference: `Patient/${patientId}` }, status: 'accepted' }],
    ...more,
  };
}

/** The id of the slot of a schedule at a time. */
export function slotAt(scheduleId: string, instant: string): string {
  return `${scheduleId}.${String(Date.parse(instant) / 60_000)}`;
}

/** The resources of a Bundle. */
export function entries(answer: Answer): Record<string, unknown>[] {
  const entry = (answer.body['entry'] ?? []) as readonly { readonly resource: Record<string, unknown> }[];
  return entry.map(({ resource }) => resource);
}

/** The path and query of a Bundle's link, or nothing. */
export function linkOf(answer: Answer, relation: string): string | undefined {
  const links = answer.body['link'] as readonly { readonly relation: string; readonly url: string }[];
  const url = links.find((link) => link.relation === relation)?.url;
  return url === undefined ? undefined : url.slice(new URL(url).origin.length);
}

/** Status, issue code, detail code and expression of an OperationOutcome. */
export function outcome(answer: Answer): unknown[] {
  const [issue] = (answer.body['issue'] ?? []) as readonly {
    readonly code: string;
    readonly details?: { readonly coding?: readonly { readonly code: string }[] };
    readonly expression?: readonly string[];
  }[];
  return [answer.status, issue?.code, issue?.details?.coding?.[0]?.code ?? issue?.expression?.[0]];
}

/** A booked visit as staff sends it: on a schedule, of any length. */
export function staffVisitOf(
  patientId: string,
  of: { readonly scheduleId: string; readonly practitionerId: string },
  { start, minutes }: { readonly start: string; readonly minutes: number },
): Record<string, unknown> {
  return {
    resourceType: 'Appointment',
    status: 'booked',
    supportingInformation: [{ reference: `Schedule/${of.scheduleId}` }],
    start,
    end: new Date(Date.parse(start) + minutes * 60_000).toISOString(),
    participant: [`Patient/${patientId}`, `Practitioner/${of.practitionerId}`].map((reference) => ({
      actor: { reference },
      status: 'accepted',
    })),
  };
}
