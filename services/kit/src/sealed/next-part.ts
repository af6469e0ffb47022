import { EXPORT_ORDER, MOST_ROWS, partLength } from '../fhir/bulk-export/part.ts';
import type { ExportQuery, ExportSource } from '../fhir/bulk-export/part.ts';
import { keysetOf } from '../fhir/search/keyset.ts';
import type { SortPaths } from '../fhir/search/keyset.ts';
import type { Collection } from '../mongo/collection.ts';
import type { SealedRecord } from './kind.ts';

/** What an index tells of a record. */
const ROW = { projection: { patientId: 1, updatedAt: 1 } } as const;

/** The next part of an export: of records only the ids, patients and times are read. */
export async function nextPart<F extends object>(
  records: Collection<SealedRecord<F>>,
  paths: SortPaths,
  { since, patients, after }: ExportQuery,
): ReturnType<ExportSource['nextPart']> {
  const wanted = {
    ...(patients ? { patientId: { $in: patients } } : {}),
    ...(since ? { updatedAt: { $gte: since } } : {}),
  };
  const from = { sort: EXPORT_ORDER, ...(after === undefined ? {} : { cursor: after }) };
  const { after: beyond, sort, limit } = keysetOf({ ...from, count: MOST_ROWS }, paths);
  const rows = await records.find({ $and: [wanted, beyond] } as never, { ...ROW, sort, limit });
  if (rows.length === 0) return undefined;
  const { length, isSplit } = partLength(rows.map(({ patientId }) => patientId));
  const { resources, next } = keysetOf({ ...from, count: length }, paths).page(rows, (row) => row.patientId);
  return {
    part: {
      patients: [...new Set(resources)],
      ...(after === undefined ? {} : { after }),
      ...(isSplit ? { rows: length } : {}),
    },
    ...(next === undefined ? {} : { next }),
  };
}
