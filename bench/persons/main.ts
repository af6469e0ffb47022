import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withTransaction } from '@careplane/kit';
import type { Resource, SearchFilter } from '@careplane/kit';
import { startPersonGround } from '../../services/identity/test/persons.ts';
import { RESULTS } from '../lib/cache.ts';
import { describeMachine } from '../lib/machine.ts';
import { measure } from './measure.ts';
import { patient } from './patients.ts';
import { keepInPlain } from './plain.ts';
import { personsReport } from './report.ts';
import { oneOf, SEARCHES } from './searches.ts';

const { values } = parseArgs({
  options: {
    patients: { type: 'string', default: '100000' },
    searches: { type: 'string', default: '500' },
    out: { type: 'string', default: RESULTS },
  },
});
const PATIENTS = Number(values.patients);
const TIMES = Number(values.searches);
const READS = 2_000;
const WARM = 50;

const machine = await describeMachine();
const ground = await startPersonGround();
const server = await ground.start();
const { mongo } = server.persons;
const patients = server.persons.of('Patient');
const ids: string[] = [];
const made: Resource[] = [];
const create = async (at: number): Promise<void> => {
  const resource = patient(at);
  const stored = await withTransaction(mongo, (tx) => patients.insert(tx, resource));
  ids.push(stored.id);
  made.push(resource);
};
const search = (filters: readonly SearchFilter[]): Promise<unknown> =>
  patients.search({ filters, constraint: { kind: 'all' }, sort: [], count: 20, wantsTotal: false });

const work = [
  await measure('create', PATIENTS, create),
  await measure('read', READS, () => patients.read(oneOf(ids))),
];
const inPlain = await keepInPlain(ground.db, made);
const searches = [];
for (const { what, of } of SEARCHES) {
  const sealed = (): Promise<unknown> => search(of(oneOf(made)).filters);
  const plain = (): Promise<unknown> => inPlain.find(of(oneOf(made)).plain);
  for (const warm of [sealed, plain]) await measure(what, WARM, warm); // connections, and what the compiler does
  searches.push({ sealed: await measure(what, TIMES, sealed), plain: await measure(what, TIMES, plain) });
}
const {
  size = 0,
  storageSize = 0,
  totalIndexSize = 0,
  count = 1,
} = (await ground.db.command({
  collStats: 'patients',
})) as Record<string, number>;
const bytes = { bson: size / count, disk: storageSize / count, indexes: totalIndexSize / count };
const figures = { machine, patients: PATIENTS, work, searches, bytes };
await mkdir(values.out, { recursive: true });
await writeFile(join(values.out, 'persons.json'), `${JSON.stringify(figures, null, 2)}\n`);
await writeFile(join(values.out, 'persons.md'), personsReport(figures));
console.log(personsReport(figures));
await server.stop();
await ground.stop();
