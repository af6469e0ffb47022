import type { ContactPoint, HumanName, Period } from './elements.ts';

/**
 * The e-mail address to write to, and to log in with: never an old one, none whose period has ended or not begun; the lowest
 * rank, and of equals the first.
 */
export function contactEmail(telecom: readonly ContactPoint[], now: Date = new Date()): string | undefined {
  return telecom
    .filter(
      ({ system, value, use, period }) => system === 'email' && value && use !== 'old' && holds(period, now),
    )
    .sort((a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity) || 0)
    .at(0)?.value;
}

const USES = ['usual', 'official', undefined, 'nickname', 'temp', 'anonymous', 'maiden', 'old'];

/**
 * What to call somebody in a mail: a given name, else what there is of the name that is in use. Empty for who has no name, or one
 * that is written like a message of its own (an address, a number, a sentence): the clinic passes on no text of strangers.
 */
export function callName(names: readonly HumanName[], now: Date = new Date()): string {
  const best = names
    .filter(({ period }) => holds(period, now))
    .sort((a, b) => USES.indexOf(a.use) - USES.indexOf(b.use))
    .at(0);
  const name = best?.given?.find((given) => given) ?? best?.text ?? best?.family ?? '';
  return CALLED.test(name) ? name : '';
}

/** Up to five words of letters, as people are called: `Jean-Luc`, `J. R. R.`, `D’Arcy`. */
const CALLED =
  /^(?=.{1,60}$)[\p{L}\p{M}][\p{L}\p{M}'\u2019-]*\.?(?: [\p{L}\p{M}][\p{L}\p{M}'\u2019-]*\.?){0,4}$/u;

/** Whether a period holds now. A bound of low precision covers all of its day, month or year, wherever on earth that is. */
export function holds(period: Period | undefined, now: Date): boolean {
  if (period?.start !== undefined && begins(period.start) > now.getTime()) return false;
  return period?.end === undefined || ends(period.end) > now.getTime();
}

const ZONES_MS = 14 * 3_600_000;

function begins(text: string): number {
  return text.includes('T') ? Date.parse(text) : Date.parse(text) - ZONES_MS;
}

function ends(text: string): number {
  if (text.includes('T')) return Date.parse(text) + 1;
  const [year = '', month, day] = text.split('-');
  const at = new Date(0);
  if (month === undefined) at.setUTCFullYear(Number(year) + 1, 0, 1);
  else if (day === undefined) at.setUTCFullYear(Number(year), Number(month), 1);
  else at.setUTCFullYear(Number(year), Number(month) - 1, Number(day) + 1);
  return at.getTime() + ZONES_MS;
}
