import { randomInt } from 'node:crypto';
import type { Resource } from '@careplane/kit';

const SYLLABLES = [
  'ber',
  'an',
  'mül',
  'ler',
  'schmi',
  'to',
  'ka',
  'wen',
  'di',
  'ro',
  'sa',
  'ger',
  'lin',
  'os',
  'pa',
  'ne',
];
const word = (parts: number): string =>
  Array.from({ length: parts }, () => SYLLABLES[randomInt(SYLLABLES.length)] ?? '').join('');

/** A patient of a clinic of German names; the number is its identifier. */
export function patient(at: number): Resource {
  const year = 1930 + randomInt(90);
  const two = (value: number): string => String(value).padStart(2, '0');
  return {
    resourceType: 'Patient',
    identifier: [{ system: 'urn:bench', value: String(at) }],
    active: true,
    name: [{ family: word(3), given: [word(2), word(2)] }],
    gender: at % 2 === 0 ? 'female' : 'male',
    birthDate: `${String(year)}-${two(1 + randomInt(12))}-${two(1 + randomInt(28))}`,
    telecom: [
      { system: 'email', value: `p${String(at)}@bench.example` },
      { system: 'phone', value: `+49 30 ${String(1_000_000 + at)}` },
    ],
    address: [{ city: word(3), postalCode: String(10_000 + randomInt(90_000)) }],
  };
}
