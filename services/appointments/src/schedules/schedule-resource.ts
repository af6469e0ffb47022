/// <reference lib="esnext.temporal" />
import type { FieldFault } from '@careplane/kit';
import type { Resource, Stored } from '../kit-fhir.ts';
import { toInstant } from '../grid/minutes.ts';
import { faultAt, referenceIn, without } from '../resource-fields.ts';
import type { Hours } from './openings.ts';
import type { ScheduleRecord } from './record.ts';
import { newSchedule } from './requests.ts';
import type { NewSchedule } from './requests.ts';

const OURS = 'https://careplane.dev/fhir/StructureDefinition';
/** How long a slot is, in minutes: `valuePositiveInt`. */
export const SLOT_MINUTES = `${OURS}/schedule-slot-minutes`;
/** When the schedule is open each day: `from`, `to` (`valueTime`), `timeZone` (`valueCode`, a name of IANA's). */
export const OPENING_HOURS = `${OURS}/schedule-opening-hours`;

interface Extension {
  readonly url: string;
  readonly extension?: readonly Extension[];
  readonly [element: string]: unknown;
}

/** What a Schedule says to the arithmetic, or what it lacks. */
export type ReadSchedule =
  { readonly schedule: NewSchedule; readonly active: boolean } | { readonly faults: readonly FieldFault[] };

/** Reads a FHIR Schedule: one practitioner, a planning horizon, and our two extensions. */
export function readSchedule(resource: Resource): ReadSchedule {
  const actors = (resource['actor'] ?? []) as readonly { readonly reference?: unknown }[];
  const horizon = (resource['planningHorizon'] ?? {}) as { readonly start?: string; readonly end?: string };
  const extensions = (resource['extension'] ?? []) as readonly Extension[];
  const practitioner = referenceIn(actors[0], 'Practitioner');
  if (actors.length !== 1 || practitioner === undefined) {
    return { faults: [faultAt('Schedule.actor', 'one reference to a Practitioner')] };
  }
  const hours = hoursOf(only(extensions, OPENING_HOURS));
  const parsed = newSchedule.safeParse({
    practitionerId: practitioner,
    start: dayStart(horizon.start, hours?.timeZone),
    end: dayStart(horizon.end, hours?.timeZone, 1),
    slotMinutes: only(extensions, SLOT_MINUTES)?.['valuePositiveInt'],
    hours,
  });
  if (!parsed.success) {
    return {
      faults: parsed.error.issues.map(({ path, message }) => faultAt(pathOf(path, extensions), message)),
    };
  }
  return { schedule: parsed.data, active: resource['active'] !== false };
}

function only(extensions: readonly Extension[], url: string): Extension | undefined {
  const found = extensions.filter((extension) => extension.url === url);
  return found.length === 1 ? found[0] : undefined;
}

interface SentHours {
  readonly from: unknown;
  readonly to: unknown;
  readonly timeZone: unknown;
}

/** The midnight at which a day that is written as a date begins (or that many days later), on the schedule's wall clock. */
function dayStart(moment: unknown, timeZone: unknown, daysLater = 0): unknown {
  if (typeof moment !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(moment) || typeof timeZone !== 'string')
    return moment;
  try {
    const day = Temporal.PlainDate.from(moment).add({ days: daysLater });
    return toInstant(day.toZonedDateTime(timeZone).epochMilliseconds / 60_000);
  } catch {
    return moment; // refused by the schema: no such day, or no such zone
  }
}

function hoursOf(extension: Extension | undefined): SentHours | undefined {
  if (extension === undefined) return undefined;
  const parts = extension.extension ?? [];
  return {
    from: clock(only(parts, 'from')?.['valueTime']),
    to: clock(only(parts, 'to')?.['valueTime'], '24:00'),
    timeZone: only(parts, 'timeZone')?.['valueCode'],
  };
}

/** `HH:MM` of a FHIR time, which has seconds and no `24:00`. */
function clock(time: unknown, midnight = '00:00'): unknown {
  if (typeof time !== 'string' || !/^\d\d:\d\d:00$/.test(time)) return time;
  return time === '00:00:00' ? midnight : time.slice(0, 5);
}

/** Where a fault of the arithmetic's form is in the resource. */
function pathOf(path: readonly PropertyKey[], extensions: readonly Extension[]): string {
  const [field] = path;
  if (field === 'slotMinutes' || field === 'hours') {
    const url = field === 'hours' ? OPENING_HOURS : SLOT_MINUTES;
    const at = extensions.findIndex((extension) => extension.url === url);
    return at === -1 ? 'Schedule.extension' : `Schedule.extension[${String(at)}]`;
  }
  if (field === 'practitionerId') return 'Schedule.actor[0].reference';
  return field === undefined ? 'Schedule' : `Schedule.planningHorizon.${String(field)}`;
}

/** The elements that are kept as they were sent: all but those that `toFhirSchedule` writes. */
export function keptOf(resource: Resource): Readonly<Record<string, unknown>> {
  return without(resource, ['resourceType', 'id', 'active']);
}

/** The FHIR form of a stored schedule, also of one that was made without FHIR. */
export function toFhirSchedule(record: ScheduleRecord): Stored {
  const { kept = {}, version = 1, updated = record.created, active = true } = record;
  const meta = kept['meta'] ?? {};
  return {
    actor: [{ reference: `Practitioner/${record.practitionerId}` }],
    extension: extensionsOf(record),
    planningHorizon: { start: toInstant(record.start), end: toInstant(record.end) },
    ...kept,
    resourceType: 'Schedule',
    id: record._id,
    meta: { ...meta, versionId: String(version), lastUpdated: updated.toISOString() },
    active,
  };
}

function extensionsOf({ slotMinutes, hours }: ScheduleRecord): Extension[] {
  return [
    { url: SLOT_MINUTES, valuePositiveInt: slotMinutes },
    { url: OPENING_HOURS, extension: hoursExtension(hours) },
  ];
}

function hoursExtension({ from, to, timeZone }: Hours): Extension[] {
  return [
    { url: 'from', valueTime: `${from}:00` },
    { url: 'to', valueTime: to === '24:00' ? '00:00:00' : `${to}:00` },
    { url: 'timeZone', valueCode: timeZone },
  ];
}
