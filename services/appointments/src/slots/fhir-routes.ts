import { decodeCursor, encodeCursor, Invalid } from '@careplane/kit';
import type { Filter } from 'mongodb';
import { z } from 'zod';
import { minuteOf } from '../grid/minutes.ts';
import type { Interval } from '../grid/minutes.ts';
import { slotSchema, toMongoFilter } from '../kit-fhir.ts';
import type {
  MongoMap,
  ResourceDefinition,
  SearchFilter,
  SearchPage,
  SearchParameter,
  SearchQuery,
  Stored,
} from '../kit-fhir.ts';
import type { Parts } from '../parts.ts';
import type { ScheduleRecord } from '../schedules/record.ts';
import { MAX_HORIZON_DAYS } from '../schedules/requests.ts';
import { SCHEDULE_ATTRIBUTES } from '../search/attributes.ts';
import { codesOf } from '../search/tokens.ts';
import type { Store } from '../store.ts';
import { claimedCells } from './claimed-cells.ts';
import { placeOfSlot } from './slot-id.ts';
import { toFhirSlot } from './slot-resource.ts';
import { searchSlots } from './slot-search.ts';
import type { FoundSlot, SearchedSchedule, SlotStatus } from './slot-search.ts';
import { spanOfStart } from './slot-span.ts';
import { slotsOf } from './slots.ts';

const R4 = 'http://hl7.org/fhir/SearchParameter';
const SLOT_STATUS = 'http://hl7.org/fhir/slotstatus';
/** Schedules that one search looks at; the further ones need a search by schedule. */
const MOST_SCHEDULES = 200;

const actor: SearchParameter = {
  type: 'reference',
  documentation: 'The practitioner of its schedule. This or `schedule` is needed.',
  targets: ['Practitioner'],
};

const searchParameters: Readonly<Record<string, SearchParameter>> = {
  schedule: {
    type: 'reference',
    documentation: 'Its schedule.',
    definition: `${R4}/Slot-schedule`,
    targets: ['Schedule'],
    paths: ['schedule'],
  },
  actor,
  'schedule.actor': { ...actor, documentation: 'The same as `actor`, as FHIR chains it.' },
  start: {
    type: 'date',
    documentation:
      'When it begins: at most 31 days, not over; without an end a week from now. Slots are sorted by it.',
    definition: `${R4}/Slot-start`,
    sortable: true,
  },
  status: {
    type: 'token',
    documentation: '`free` or `busy`; both without it.',
    definition: `${R4}/Slot-status`,
  },
};

/** The schedules of a search for slots. */
const SCHEDULES: MongoMap = {
  fields: {
    schedule: { as: 'reference', paths: ['_id'], type: 'Schedule' },
    actor: { as: 'reference', paths: ['practitionerId'], type: 'Practitioner' },
    'schedule.actor': { as: 'reference', paths: ['practitionerId'], type: 'Practitioner' },
  },
  attributes: SCHEDULE_ATTRIBUTES,
};

/** Slots over FHIR: computed from schedules and claimed cells, never stored, so that they cannot disagree. */
export function slotDefinition({ store }: Parts): ResourceDefinition {
  return {
    type: 'Slot',
    documentation:
      'A time on a schedule that can be booked. Slots are computed when they are asked for; an id stays the same, and its version is its status.',
    schema: slotSchema,
    attributes: () => ({}),
    searchParameters,
    includes: ['schedule'],
    servesCommonParameters: false,
    store: {
      read: (id) => readSlot(store, id),
      search: (query) => search(store, query),
    },
  };
}

async function readSlot(store: Store, id: string): Promise<Stored | undefined> {
  const place = placeOfSlot(id);
  const schedule = place && (await store.schedules.findOne({ _id: place.scheduleId }));
  if (!place || !schedule) return undefined;
  const { start } = place;
  const [slot] = slotsOf(schedule, { start, end: start + 1 });
  if (slot === undefined) return undefined;
  const now = new Date();
  const [found] = searchSlots({
    schedules: await withClaims(store, [schedule], slot),
    span: { start, end: start + 1 },
    statuses: new Set(['free', 'busy']),
    limit: 1,
  });
  const isOver = start <= minuteOf(now) || schedule.active === false;
  return found && toFhirSlot(schedule, isOver ? { ...found, status: 'busy-unavailable' } : found, now);
}

const cursorSchema = z.tuple([z.int(), z.string()]);

async function search(store: Store, query: SearchQuery): Promise<SearchPage<Stored>> {
  const now = new Date();
  const filters = (name: string): SearchFilter[] => query.filters.filter((filter) => filter.name === name);
  refuseOthers(query);
  const asked = spanOfStart(filters('start'), minuteOf(now));
  if ('fault' in asked) throw new Invalid([asked.fault]);
  const behind = behindOf(query.cursor);
  const schedules = await schedulesOf(store, query, asked);
  const wanted = {
    schedules: await withClaims(store, schedules, asked),
    statuses: statusesOf(filters('status')),
  };
  const span = { start: Math.max(asked.start, behind?.start ?? 0), end: asked.end };
  const found = searchSlots({ ...wanted, span, behind, limit: query.count + 1 });
  const slots = found.slice(0, query.count);
  const byId = new Map(schedules.map((schedule) => [schedule._id, schedule]));
  const resources = slots.flatMap((slot) => {
    const schedule = byId.get(slot.scheduleId);
    return schedule ? [toFhirSlot(schedule, slot, now)] : [];
  });
  const total = query.wantsTotal
    ? searchSlots({ ...wanted, span: asked, limit: Infinity }).length
    : undefined;
  return { resources, ...(total !== undefined && { total }), ...next(slots, found) };
}

function next(slots: readonly FoundSlot[], found: readonly FoundSlot[]): { readonly next?: string } {
  const last = slots.at(-1);
  return last === undefined || found.length === slots.length
    ? {}
    : { next: encodeCursor([last.start, last.scheduleId]) };
}

function behindOf(cursor: string | undefined): { start: number; scheduleId: string } | undefined {
  if (cursor === undefined) return undefined;
  const [start, scheduleId] = decodeCursor(cursorSchema, cursor);
  return { start, scheduleId };
}

/** @throws Invalid for what a computed resource cannot be searched or sorted by */
function refuseOthers({ filters, sort }: SearchQuery): void {
  const names = new Set(Object.keys(searchParameters));
  const other = filters.find(({ name }) => !names.has(name));
  if (other) throw new Invalid([{ path: `http.${other.name}`, message: 'not for a Slot' }]);
  if (sort.some(({ name, descending }) => name !== 'start' || descending)) {
    throw new Invalid([{ path: 'http._sort', message: 'start' }]);
  }
}

const STATUSES: readonly SlotStatus[] = ['free', 'busy'];

function statusesOf(filters: readonly SearchFilter[]): ReadonlySet<SlotStatus> {
  const allowed = filters.map((filter) => new Set(codesOf(filter, SLOT_STATUS)));
  return new Set(STATUSES.filter((status) => allowed.every((codes) => codes.has(status))));
}

/** @throws Invalid when neither a schedule nor an actor is named */
async function schedulesOf(store: Store, query: SearchQuery, span: Interval): Promise<ScheduleRecord[]> {
  const filters = query.filters.filter(({ name }) => Object.hasOwn(SCHEDULES.fields, name));
  if (filters.length === 0) {
    throw new Invalid([{ path: 'http.schedule', message: 'a schedule or an actor is needed' }]);
  }
  // A horizon is at most 90 days long: what began before that cannot touch the span, and the index need not be read.
  const start = { $gt: span.start - MAX_HORIZON_DAYS * 24 * 60, $lt: span.end };
  const condition = toMongoFilter({ filters, constraint: query.constraint }, SCHEDULES);
  const within = { $and: [condition, { start, active: { $ne: false } }] } as Filter<ScheduleRecord>;
  return store.schedules.find(within, { limit: MOST_SCHEDULES });
}

/** The schedules with the claimed cells of their practitioners: one look for each practitioner. */
async function withClaims(
  store: Store,
  schedules: readonly ScheduleRecord[],
  span: Interval,
): Promise<(ScheduleRecord & SearchedSchedule)[]> {
  const found: (ScheduleRecord & SearchedSchedule)[] = [];
  for (const [practitionerId, own] of Map.groupBy(schedules, (schedule) => schedule.practitionerId)) {
    // A slot that begins in the span may end after it.
    const reach = Math.max(...own.map((schedule) => schedule.slotMinutes));
    const claimed = await claimedCells(store, practitionerId, { start: span.start, end: span.end + reach });
    found.push(...own.map((schedule) => ({ ...schedule, claimed })));
  }
  return found;
}
