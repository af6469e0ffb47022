import { Invalid } from '../../http/errors.ts';
import type { SearchValue } from '../search.ts';
import type { Pair } from '../search/pairs.ts';
import { readAll, readBy, readMoment, UNKNOWN } from '../search/readings.ts';
import type { Readers, Reading } from '../search/readings.ts';
import { MOST_ON_A_PAGE } from '../search/result-parameters.ts';

/** What a page is asked for. */
export interface Asked {
  readonly patient: string;
  readonly types?: readonly string[];
  readonly since?: SearchValue;
  readonly start?: SearchValue;
  readonly end?: SearchValue;
  readonly count: number;
  /** Types of other services whose parts follow. */
  readonly then: readonly string[];
  readonly from: Place;
}

/** Where a page begins: the index of the type, and the cursor within it. */
export interface Place {
  readonly at: number;
  readonly cursor?: string;
}

/**
 * What the parameters of a page say.
 * @param defaults what the address or the service says, where they do not
 * @throws Invalid naming each parameter that is unknown or wrong
 */
export function askedOf(
  pairs: readonly Pair[],
  defaults: Partial<Pick<Asked, 'patient' | 'then'>> = {},
): Asked {
  const { said, faults } = readAll<Asked>(pairs, (pair, before) => readBy(READERS, pair, before) ?? UNKNOWN);
  const { patient } = { ...said, ...defaults };
  if (patient === undefined)
    throw new Invalid([...faults, { path: 'http.patient', message: 'the id of a patient' }]);
  if (faults.length > 0) throw new Invalid(faults);
  return { ...START, ...defaults, ...said, patient };
}

const START = { count: MOST_ON_A_PAGE, then: [], from: { at: 0 } } as const;
const TYPE = /^[A-Z][A-Za-z]{1,63}$/;
const ID = /^[A-Za-z0-9.-]{1,64}$/;

const READERS: Readers<Asked> = {
  patient: (value) => (ID.test(value) ? { patient: value } : { fault: 'the id of a patient' }),
  _type: (value) => typesIn(value, (types) => ({ types })),
  then: (value) => typesIn(value, (then) => ({ then })),
  _since: (value) => moment(value, 'ge', (since) => ({ since })),
  start: (value) => moment(value, 'ge', (start) => ({ start })),
  end: (value) => moment(value, 'le', (end) => ({ end })),
  _count: (value) =>
    /^[1-9]\d{0,8}$/.test(value)
      ? { count: Math.min(Number(value), MOST_ON_A_PAGE) }
      : { fault: 'a whole number from 1 on' },
  at: (value, { from }) => ({ from: { ...from, at: Number(value) } }),
  cursor: (value, { from }) => ({ from: { at: 0, ...from, cursor: value } }),
  _format: () => ({}),
  _pretty: () => ({}),
};

function typesIn(value: string, asked: (types: readonly string[]) => Reading<Asked>): Reading<Asked> {
  const types = value.split(',').map((type) => type.trim());
  return types.every((type) => TYPE.test(type)) ? asked(types) : { fault: 'resource types' };
}

function moment(
  value: string,
  comparison: 'ge' | 'le',
  asked: (value: SearchValue) => Reading<Asked>,
): Reading<Asked> {
  return readMoment(value, (interval) => asked({ type: 'date', comparison, ...interval }));
}
