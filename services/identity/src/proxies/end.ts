import type { Resource } from '@careplane/kit';

/** Relationships of http://terminology.hl7.org/CodeSystem/v3-RoleCode that end when the child is of age. */
const OF_MINORS: readonly string[] = [
  'PRN',
  'MTH',
  'FTH',
  'NMTH',
  'NFTH',
  'ADOPTP',
  'ADOPTF',
  'ADOPTM',
  'STPPRN',
  'STPMTH',
  'STPFTH',
  'PRNFOST',
  'MTHFOST',
  'FTHFOST',
  'PRNINLAW',
  'GRPRN',
  'GUARD',
];

/** From which birthday on nobody acts by what was decided before, and when that was. */
export interface Deciding {
  readonly age: number;
  readonly decidedAt: Date;
}

/**
 * When somebody who acts for a child no longer does: at the birthday, as it begins in the earliest zone on earth. A birth date that
 * is known in part counts from its first day. Parents and guardians end there, and everybody who was named before, however their
 * relationship is written: by words, by a code that is not known here, or not at all.
 * @returns RFC 3339; undefined for others, and without a birth date
 */
export function birthdayEnd(
  relatedPerson: Resource,
  patient: Resource,
  { age, decidedAt }: Deciding,
): string | undefined {
  const end = birthdayOf(patient, age);
  return end !== undefined && (isOfMinors(relatedPerson) || decidedAt.toISOString() < end) ? end : undefined;
}

function birthdayOf(patient: Resource, age: number): string | undefined {
  const birthDate = patient['birthDate'];
  if (typeof birthDate !== 'string') return undefined;
  const [year = '', month = '01', day = '01'] = birthDate.split('-');
  // Who is born on 29 February is of age on 1 March of a common year in some laws, the day before in others: the earlier one.
  const isLeapDay = month === '02' && day === '29';
  const birthday = `${String(Number(year) + age).padStart(4, '0')}-${month}-${isLeapDay ? '28' : day}`;
  return new Date(`${birthday}T00:00:00+14:00`).toISOString();
}

/** Whether somebody acts for a child whose birth date is not known: it would never end, so it does not begin. */
export function endsUnknown(relatedPerson: Resource, patient: Resource): boolean {
  return isOfMinors(relatedPerson) && typeof patient['birthDate'] !== 'string';
}

function isOfMinors(relatedPerson: Resource): boolean {
  const concepts = (relatedPerson['relationship'] ?? []) as readonly {
    readonly coding?: readonly { readonly code?: string }[];
  }[];
  return concepts.some(({ coding = [] }) => coding.some(({ code = '' }) => OF_MINORS.includes(code)));
}
