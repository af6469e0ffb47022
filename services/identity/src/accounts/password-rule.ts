import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english, translations } from '@zxcvbn-ts/language-en';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';

/** NIST SP 800-63B, 3.1.1.2: length counts, composition rules do not; long enough for passphrases, bounded for the hash. */
const SHORTEST = 12;
const LONGEST = 128;
/** zxcvbn 3: more than 10^8 guesses. */
const NEEDED = 3;
/** Estimating costs more the longer the text: what is strong is so within these. */
const LOOKED_AT = 32;

const estimator = new ZxcvbnFactory({
  dictionary: { ...common, ...english },
  graphs: adjacencyGraphs,
  translations,
  maxLength: LOOKED_AT,
  l33tMaxSubstitutions: 8,
});

/**
 * Why a password cannot be chosen; undefined: it can.
 * @param personal what others know of the person: names, birth date, address; a password that contains it is refused
 */
export function passwordFault(password: string, personal: readonly string[] = []): string | undefined {
  const { length } = Array.from(password);
  if (length < SHORTEST) return `Choose a password of at least ${SHORTEST} characters`;
  if (length > LONGEST)
    return `Choose a password of at most ${LONGEST} characters: a longer one cannot be kept`;
  const own = personal.flatMap(wordsOf);
  if (own.some((word) => plain(password).includes(word)))
    return 'Choose a password that does not contain your name, your birth date or your address';
  const { score, feedback } = estimator.check(password.slice(0, LOOKED_AT), own);
  if (score >= NEEDED) return undefined;
  const why = feedback.warning ?? 'It is easy to guess.';
  return `Choose another password. ${why}`;
}

/** Parts long enough to be somebody's own and not just anybody's. */
function wordsOf(text: string): string[] {
  const words = plain(text).split(/[^\p{L}\p{N}]+/u);
  return [...words, plain(text).replace(/[^\p{L}\p{N}]+/gu, '')].filter(
    (word) => Array.from(word).length >= 4,
  );
}

function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
