import type { Stored } from '../resource.ts';
import type { SearchFilter, SearchPage, SearchQuery } from '../search.ts';

/** Rows of one file of an export: so few that a file is an ordinary request, answered within its time. */
export const MOST_ROWS = 2_000;
/** Patients of one file: the facts of all of them are one question. */
export const MOST_PATIENTS_OF_PART = 100;

/** Which resources of a type are exported. */
export interface ExportQuery {
  /** Those that changed then or later. */
  readonly since?: Date;
  /** Those about these patients; absent: about any. */
  readonly patients?: readonly string[];
  /** Where the part before ended. */
  readonly after?: string;
}

/**
 * What one file of an export shows: rows in the order of patient, change and id, without the resources themselves. They are read, and
 * decided about, when the file is.
 */
export interface ExportPart {
  readonly patients: readonly string[];
  /** Where it begins; absent: with the first row of its first patient. */
  readonly after?: string;
  /** How many rows it has, where its last patient goes on in the next part. */
  readonly rows?: number;
}

/** Where the resources of a type are divided into the files of an export. */
export interface ExportSource {
  /** The next part, and where the one after it begins; undefined when there is no more. */
  nextPart(query: ExportQuery): Promise<{ readonly part: ExportPart; readonly next?: string } | undefined>;
  /** A page of a part, in the same order. `query.filters` and the constraint narrow it. */
  search(query: SearchQuery): Promise<SearchPage<Stored>>;
}

/** By what rows are ordered: an index of the store. */
export const EXPORT_ORDER: SearchQuery['sort'] = [
  { name: 'patient', descending: false },
  { name: '_lastUpdated', descending: false },
];

/** The filters of a part. */
export function filtersOf({ patients }: Pick<ExportPart, 'patients'>, since?: Date): SearchFilter[] {
  const time = since?.getTime() ?? 0;
  return [
    { name: 'patient', values: patients.map((id) => ({ type: 'reference', target: 'Patient', id })) },
    ...(since
      ? [
          {
            name: '_lastUpdated',
            values: [{ type: 'date', comparison: 'ge', start: time, end: time + 1 }],
          } as const,
        ]
      : []),
  ];
}

/**
 * How many of these rows are a part, which ends with a patient where it can.
 * @param patients of each row, in order; one more than `MOST_ROWS` when there is more
 */
export function partLength(patients: readonly string[]): {
  readonly length: number;
  readonly isSplit: boolean;
} {
  const distinct = new Set<string>();
  let whole = 0;
  for (const [at, patient] of patients.entries()) {
    if (distinct.has(patient)) continue;
    if (distinct.size === MOST_PATIENTS_OF_PART) return { length: at, isSplit: false };
    distinct.add(patient);
    whole = at;
  }
  if (patients.length <= MOST_ROWS) return { length: patients.length, isSplit: false };
  return whole > 0 ? { length: whole, isSplit: false } : { length: MOST_ROWS, isSplit: true };
}
