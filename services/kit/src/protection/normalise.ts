/** Letters that Unicode does not decompose, and that people write in these ways when they cannot type them. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ς: 'σ',
};
const UMLAUTS: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', å: 'aa' };

/** Accents of Latin, Greek and Cyrillic, and the optional vowel points of Hebrew and Arabic; no vowel signs of other scripts. */
const ACCENTS = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]/gu;
const APOSTROPHES = /['\u2019\u2018\u02bc\u02b9`\u00b4]/gu;
const SEPARATORS = /[\p{P}\p{S}\p{Z}\p{C}]+/gu;

/**
 * One form for all ways to write a text: NFKC, no case, no accents, `ß` as `ss`, no apostrophes, and one space for each run of
 * spaces and punctuation. Not reversible; for comparison only.
 */
export function normalise(text: string): string {
  return fold(text.normalize('NFKC').toLowerCase());
}

/** `normalise`, and the same with umlauts written out (`mueller` beside `muller`) where there are any. */
export function spellings(text: string): readonly string[] {
  const lower = text.normalize('NFKC').toLowerCase();
  const written = lower.replace(/[\u00e4\u00f6\u00fc\u00e5]/gu, (letter) => UMLAUTS[letter] ?? letter);
  return written === lower ? [fold(lower)] : [fold(lower), fold(written)];
}

function fold(lower: string): string {
  return lower
    .replace(
      /[\u00df\u00e6\u0153\u00f8\u0142\u0111\u00f0\u00fe\u0131\u03c2]/gu,
      (letter) => LETTERS[letter] ?? letter,
    )
    .normalize('NFD')
    .replace(ACCENTS, '')
    .normalize('NFC')
    .replace(APOSTROPHES, '')
    .replace(SEPARATORS, ' ')
    .trim();
}

/** Case does not count in any address that people use. */
export function normaliseEmail(address: string): string {
  return address.trim().normalize('NFKC').toLowerCase();
}

/** Digits, with a `+` before those of an international number (`00` and `(0)` as people write them). */
export function normalisePhone(number: string): string {
  const text = number.normalize('NFKC').trim();
  const international = /^(?:\+|00)/u.test(text);
  const digits = text.replace(/\(0\)/u, international ? '' : '0').replace(/\D/gu, '');
  return international ? `+${text.startsWith('00') ? digits.slice(2) : digits}` : digits;
}
