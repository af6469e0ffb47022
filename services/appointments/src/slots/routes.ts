import { decodeCursor, Invalid, NotFound, pageOf, route } from '@careplane/kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { toSlot } from './resource.ts';
import { freeSlots } from './free-slots.ts';
import type { FreeSlot } from './free-slots.ts';
import { claimedCells } from './claimed-cells.ts';
import type { SlotPlace } from './slot-order.ts';
import { minuteOf } from '../grid/minutes.ts';
import type { Interval } from '../grid/minutes.ts';
import type { Store } from '../store.ts';
import type { ScheduleRecord } from '../schedules/record.ts';
import type { Parts } from '../parts.ts';
import { MAX_HORIZON_DAYS } from '../schedules/requests.ts';
import { MAX_SLOT_DAYS, slotQuery } from './requests.ts';
import type { SlotQuery } from './requests.ts';

const DAY = 24 * 60;
/** Without `to`, a week. */
const DEFAULT_DAYS = 7;
/** A slot may be taken the next moment: a client may show this list for two seconds, no shared cache may keep it. */
const CACHE_CONTROL = 'private, max-age=2';

/** The span to look at: never the past, at most a month. */
function spanOf(query: SlotQuery): Interval {
  const start = Math.max(query.from ?? 0, minuteOf(new Date()) + 1);
  const end = query.to ?? start + DEFAULT_DAYS * DAY;
  if (end - start > MAX_SLOT_DAYS * DAY) {
    throw new Invalid([{ path: 'query.to', message: `at most ${MAX_SLOT_DAYS} days after from` }]);
  }
  return { start, end };
}

/** The schedules in question: the one named, or those of the practitioner whose horizon touches the span. */
async function schedulesOf(store: Store, query: SlotQuery, span: Interval): Promise<ScheduleRecord[]> {
  if (query.practitioner !== undefined) {
    // A horizon is at most 90 days long: what began before that cannot touch the span, and the index need not be read.
    const start = { $gt: span.start - MAX_HORIZON_DAYS * DAY, $lt: span.end };
    return store.schedules.find({ practitionerId: query.practitioner, start });
  }
  const schedule = await store.schedules.findOne({ _id: query.schedule ?? '' });
  if (schedule === null) throw new NotFound('There is no such schedule');
  return [schedule];
}

const place = z.tuple([z.int(), z.string()]);

function placeOf(query: SlotQuery): SlotPlace | undefined {
  if (query.cursor === undefined) return undefined;
  const [start, scheduleId] = decodeCursor(place, query.cursor);
  return { start, scheduleId };
}

async function find(store: Store, query: SlotQuery): Promise<FreeSlot[]> {
  const behind = placeOf(query);
  const asked = spanOf(query);
  const span = { start: Math.max(asked.start, behind?.start ?? 0), end: asked.end };
  const schedules = await schedulesOf(store, query, span);
  const [first] = schedules;
  if (first === undefined) return [];
  // A slot that begins in the span may end after it.
  const reach = Math.max(...schedules.map((schedule) => schedule.slotMinutes));
  const claimed = await claimedCells(store, first.practitionerId, {
    start: span.start,
    end: span.end + reach,
  });
  return freeSlots({ schedules, span, claimed, behind, limit: query.limit + 1 });
}

/** `GET /v1/slots`: the free slots, the earliest first. Computed, never stored, so that they cannot disagree. */
export function listSlots({ store }: Parts): RequestHandler {
  return route({ query: slotQuery }, async ({ query }) => {
    const page = pageOf(await find(store, query), query.limit, (slot) => [slot.start, slot.scheduleId]);
    return {
      status: 200,
      headers: { 'cache-control': CACHE_CONTROL },
      body: { ...page, items: page.items.map((slot) => toSlot(slot.scheduleId, slot)) },
    };
  });
}
