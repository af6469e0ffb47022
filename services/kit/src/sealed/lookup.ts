import type { Collection } from '../mongo/collection.ts';
import type { BlindIndex } from '../protection/blind-index.ts';
import { KeysDoNotFit } from '../protection/rewrap.ts';

/** A record that is found by tokens; absent: none of its fields was indexed. */
export interface Indexed {
  _id: string;
  lookup?: string;
}

/** The marks of records whose tokens are not of the current lookup key: they are to be made again. */
export async function staleMarks<T extends Indexed>(
  records: Collection<T>,
  index: BlindIndex,
): Promise<string[]> {
  return (await marksOf(records)).filter((mark) => !index.covers(mark));
}

/** @throws KeysDoNotFit when records were indexed under lookup keys that are not here: nobody would be found */
export async function requireKnownMarks<T extends Indexed>(
  records: Collection<T>,
  index: BlindIndex,
  type: string,
): Promise<void> {
  for (const mark of await marksOf(records)) {
    if (index.knows(mark)) continue;
    const count = await records.count({ lookup: mark } as never);
    throw new KeysDoNotFit(
      `lookupKey does not fit the data: ${String(count)} records of type ${type} were indexed under version ${mark}; ` +
        'put that key into lookupKeyPrevious',
    );
  }
}

/** One look into the index for each mark, however many records there are. */
async function marksOf<T extends Indexed>(records: Collection<T>): Promise<string[]> {
  const marks: string[] = [];
  for (let after = ''; ;) {
    const options = { sort: { lookup: 1 }, projection: { lookup: 1 } } as const;
    const next = await records.findOne({ lookup: { $gt: after } } as never, options);
    if (next?.lookup === undefined) return marks;
    after = next.lookup;
    marks.push(after);
  }
}
