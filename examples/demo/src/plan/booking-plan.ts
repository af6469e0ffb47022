import type { DemoEncounter } from '../data/clinic-data.ts';

/** When every schedule of the demo is open: two weeks or more, ten hours a day. */
export const DEMO_HOURS = { from: '12:00', to: '22:00', timeZone: 'UTC' } as const;

const OPENS = 12 * 60;
const CLOSES = 22 * 60;
const CELL = 5;
const DAY = 24 * 60;
const WEEK = 7 * DAY;

/** A visit to book. Several contenders book it at the same moment, and one must succeed. */
export interface PlannedVisit {
  readonly npi: string;
  /** Epoch minutes, UTC. */
  readonly start: number;
  readonly minutes: number;
  readonly reasonCode: string;
  /** Source IDs of patients; in a small data set the same patient may contend more than once. */
  readonly contenders: readonly string[];
}

/**
 * The schedule of a visit: patients book whole slots, so a practitioner has one for each length of visit. No two of them give away
 * the same time.
 */
export function scheduleOf({ npi, minutes }: Pick<PlannedVisit, 'npi' | 'minutes'>): string {
  return `${npi}/${minutes}`;
}

/** The visits to book, and the span that the schedules must cover (epoch minutes). */
export interface BookingPlan {
  readonly start: number;
  readonly end: number;
  readonly visits: readonly PlannedVisit[];
}

/** The races for the first visits: one of `big` contenders, then `sample` races of `small`. */
export interface RacePlan {
  readonly big: number;
  readonly sample: number;
  readonly small: number;
}

/** The races of a run of `count` appointments: one of a hundred, and ten of ten (fewer in a small run). */
export function racesOf(count: number): RacePlan {
  return { big: 100, sample: Math.min(10, Math.floor((count - 1) / 2)), small: 10 };
}

function contendersOf(index: number, races: RacePlan): number {
  if (index === 0) return races.big;
  return index <= races.sample ? races.small : 1;
}

/** Claimed cells of practitioners and patients, so that every planned visit can be booked. */
class Calendar {
  readonly #taken = new Set<string>();

  isFree(who: string, start: number, minutes: number): boolean {
    for (let cell = start; cell < start + minutes; cell += CELL) {
      if (this.#taken.has(`${who} ${cell}`)) return false;
    }
    return true;
  }

  take(who: string, start: number, minutes: number): void {
    for (let cell = start; cell < start + minutes; cell += CELL) this.#taken.add(`${who} ${cell}`);
  }
}

/** The candidate starts, each a slot's: the encounter's own weekday and time of day first, then every later one, then the earlier. */
function* candidateStarts(
  encounter: DemoEncounter,
  from: number,
  weeks: number,
  nth: number,
): Generator<number> {
  const happened = Math.floor(encounter.start.getTime() / 60_000);
  // The epoch began on a Thursday: three days make the week begin on Monday.
  const inWeek = (((happened + 3 * DAY) % WEEK) + WEEK) % WEEK;
  const span = weeks * WEEK;
  const wished = inWeek + (nth % weeks) * WEEK;
  const aligned = wished - (wished % CELL);
  for (let step = 0; step < span; step += CELL) {
    const at = (aligned + step) % span;
    const ofDay = at % DAY;
    const isOpen = ofDay >= OPENS && ofDay + encounter.minutes <= CLOSES;
    if (isOpen && (ofDay - OPENS) % encounter.minutes === 0) yield from + at;
  }
}

function contenders(patients: readonly string[], first: string, count: number): string[] {
  const others = patients.filter((patient) => patient !== first);
  const order = [first, ...others];
  return Array.from({ length: count }, (_, nth) => order[nth % order.length] ?? first);
}

/**
 * Places encounters into the weeks after `from` (a Monday, epoch minutes). No practitioner, patient or contender has
 * two visits at the same time.
 *
 * @throws Error when an encounter has no free time.
 */
export function planBookings(
  encounters: readonly DemoEncounter[],
  patients: readonly string[],
  races: RacePlan,
  from: number,
): BookingPlan {
  const weeks = Math.min(12, 2 + Math.floor(encounters.length / 1000));
  const calendar = new Calendar();
  const visits = encounters.map((encounter, index): PlannedVisit => {
    const who = contenders(patients, encounter.patient, contendersOf(index, races));
    for (const start of candidateStarts(encounter, from, weeks, index)) {
      const everybody = [`practitioner ${encounter.npi}`, ...who];
      if (everybody.every((one) => calendar.isFree(one, start, encounter.minutes))) {
        for (const one of everybody) calendar.take(one, start, encounter.minutes);
        const { npi, minutes, reasonCode } = encounter;
        return { npi, start, minutes, reasonCode, contenders: who };
      }
    }
    throw new Error(`no free time in ${weeks} weeks for an encounter of practitioner ${encounter.npi}`);
  });
  return { start: from, end: from + weeks * WEEK, visits };
}

/** The first Monday, 00:00 UTC, at or after `minute` (epoch minutes). */
export function nextMonday(minute: number): number {
  return Math.ceil((minute + 3 * DAY) / WEEK) * WEEK - 3 * DAY;
}
