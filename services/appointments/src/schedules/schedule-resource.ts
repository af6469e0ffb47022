/// <reference lib="esnext.temporal" />
import type { FieldFault } from '@careplane/kit';
import type { Resource, Stored } from '../kit-fhir.ts';
import { toInstant } from '../grid/minutes.ts';
import { faultAt, referenceIn, without } from '../resource-fields.ts';
import { hoursOf } from './hours.ts';
import type { OpeningTimes } from './hours.ts';
import type { ScheduleRecord } from './record.ts';
import { newSchedule } from './requests.ts';
import type { NewSchedule } from './requests.ts';

const OURS = 'https://careplane.dev/fhir/StructureDefinition';
/** How long a slot is, in minutes: `valuePositiveInt`. */
export const SLOT_MINUTES = `${OURS}/schedule-slot-minutes`;
/**
 * When the schedule is open, any number of times: `from`, `to` (`valueTime`), `timeZone` (`valueCode`, a name of IANA's), and either
 * `daysOfWeek` (`valueCode`) or `date` (`valueDate`), each any number of times. Without both: every day.
 */
export const OPENING_HOURS = `${OURS}/schedule-opening-hours`;
/** A time that is closed whatever the opening hours say: `period` (`valuePeriod`), `reason` (`valueString`). */
export const CLOSED = `${OURS}/schedule-closed`;

interface Extension {
  readonly url: string;
  readonly extension?: readonly Extension[];
  readonly [element: string]: unknown;
}

/** What a Schedule says to the arithmetic, or what it lacks. */
export type ReadSchedule =
  { readonly schedule: NewSchedule; readonly active: boolean } | { readonly faults: readonly FieldFault[] };

/** Reads a FHIR Schedule: one practitioner, a planning horizon, and our extensions. */
export function readSchedule(resource: Resource): ReadSchedule {
  const actors = (resource['actor'] ?? []) as readonly { readonly reference?: unknown }[];
  const horizon = (resource['planningHorizon'] ?? {}) as { readonly start?: string; readonly end?: string };
  const extensions = (resource['extension'] ?? []) as readonly Extension[];
  const practitioner = referenceIn(actors[0], 'Practitioner');
  if (actors.length !== 1 || practitioner === undefined) {
    return { faults: [faultAt('Schedule.actor', 'one reference to a Practitioner')] };
  }
  const hours = readHours(extensions);
  const other = otherZone(extensions);
  if (other !== undefined) {
    return { faults: [faultAt(`Schedule.extension[${String(other)}]`, 'the time zone of the first hours')] };
  }
  const parsed = newSchedule.safeParse({
    practitionerId: practitioner,
    start: dayStart(horizon.start, hours.timeZone),
    end: dayStart(horizon.end, hours.timeZone, 1),
    slotMinutes: only(extensions, SLOT_MINUTES)?.['valuePositiveInt'],
    ...(hours.times.length > 0 && { hours }),
  });
  if (!parsed.success) {
    return {
      faults: parsed.error.issues.map(({ path, message }) => faultAt(pathOf(path, extensions), message)),
    };
  }
  return { schedule: parsed.data, active: resource['active'] !== false };
}

function all(extensions: readonly Extension[], url: string): readonly Extension[] {
  return extensions.filter((extension) => extension.url === url);
}

function only(extensions: readonly Extension[], url: string): Extension | undefined {
  const found = all(extensions, url);
  return found.length === 1 ? found[0] : undefined;
}

interface SentHours {
  readonly timeZone: unknown;
  readonly times: readonly object[];
  readonly closed: readonly object[];
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

/** The hours as they were sent. One zone is told: that of the first; `otherZone` finds another. */
function readHours(extensions: readonly Extension[]): SentHours {
  const opening = all(extensions, OPENING_HOURS);
  const timeZone = opening.map(zoneOf)[0];
  return {
    timeZone,
    times: opening.map(({ extension: parts = [] }) => {
      const [days, dates] = [all(parts, 'daysOfWeek'), all(parts, 'date')];
      return {
        ...(days.length > 0 && { daysOfWeek: days.map((day) => day['valueCode']) }),
        ...(dates.length > 0 && { dates: dates.map((date) => date['valueDate']) }),
        from: clock(only(parts, 'from')?.['valueTime']),
        to: clock(only(parts, 'to')?.['valueTime'], '24:00'),
      };
    }),
    closed: all(extensions, CLOSED).map(({ extension: parts = [] }) => {
      const period = (only(parts, 'period')?.['valuePeriod'] ?? {}) as { start?: string; end?: string };
      return { start: dayStart(period.start, timeZone), end: dayStart(period.end, timeZone, 1) };
    }),
  };
}

function zoneOf({ extension: parts = [] }: Extension): unknown {
  return only(parts, 'timeZone')?.['valueCode'];
}

/** Where opening hours are on another wall clock than the first ones. */
function otherZone(extensions: readonly Extension[]): number | undefined {
  const zones = new Set(all(extensions, OPENING_HOURS).map(zoneOf));
  const [first] = zones;
  return zones.size > 1
    ? extensions.findIndex((one) => one.url === OPENING_HOURS && zoneOf(one) !== first)
    : undefined;
}

/** `HH:MM` of a FHIR time, which has seconds and no `24:00`. */
function clock(time: unknown, midnight = '00:00'): unknown {
  if (typeof time !== 'string' || !/^\d\d:\d\d:00$/.test(time)) return time;
  return time === '00:00:00' ? midnight : time.slice(0, 5);
}

/** Where a fault of the arithmetic's form is in the resource. */
function pathOf(path: readonly PropertyKey[], extensions: readonly Extension[]): string {
  const [field, list, place = 0] = path;
  if (field === 'slotMinutes') return extensionPath(extensions, SLOT_MINUTES, 0);
  if (field === 'hours') {
    return extensionPath(extensions, list === 'closed' ? CLOSED : OPENING_HOURS, Number(place));
  }
  if (field === 'practitionerId') return 'Schedule.actor[0].reference';
  return field === undefined ? 'Schedule' : `Schedule.planningHorizon.${String(field)}`;
}

/** The path of the extension with this URL that has so many of its kind before it. */
function extensionPath(extensions: readonly Extension[], url: string, before: number): string {
  const places = extensions.flatMap((one, at) => (one.url === url ? [at] : []));
  const at = places[before];
  return at === undefined ? 'Schedule.extension' : `Schedule.extension[${String(at)}]`;
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

/** Of a schedule that was made without FHIR. */
function extensionsOf({ slotMinutes, hours }: ScheduleRecord): Extension[] {
  const { timeZone, times } = hoursOf(hours);
  return [
    { url: SLOT_MINUTES, valuePositiveInt: slotMinutes },
    ...times.map((one) => ({ url: OPENING_HOURS, extension: hoursExtension(one, timeZone) })),
  ];
}

function hoursExtension({ from, to }: OpeningTimes, timeZone: string): Extension[] {
  return [
    { url: 'from', valueTime: `${from}:00` },
    { url: 'to', valueTime: to === '24:00' ? '00:00:00' : `${to}:00` },
    { url: 'timeZone', valueCode: timeZone },
  ];
}
