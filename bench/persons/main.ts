/**
 * What encrypted persons cost: creates, reads and searches over blind indexes with many patients, in one process beside one mongod.
 * `node bench/persons/main.ts [patients]`, as root, after scripts/build.sh engines.
 */
import { randomInt } from 'node:crypto';
import { withTransaction } from '../../services/kit/src/index.ts';
import type { Resource, SearchFilter } from '../../services/kit/src/index.ts';
import { startPersonGround } from '../../services/identity/test/persons.ts';
import type { PersonStore } from '../../services/identity/src/persons/person-store.ts';

const PATIENTS = Number(process.argv[2] ?? 100_000);
const READS = 2_000;
const SEARCHES = 300;
const AT_ONCE = 16;

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

function patient(at: number): Resource {
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

interface Measured {
  readonly what: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
}

async function measure(
  what: string,
  times: number,
  work: (at: number) => Promise<unknown>,
): Promise<Measured> {
  const took: number[] = [];
  let next = 0;
  const began = performance.now();
  const worker = async (): Promise<void> => {
    for (let at = next++; at < times; at = next++) {
      const start = performance.now();
      await work(at);
      took.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const seconds = (performance.now() - began) / 1000;
  took.sort((a, b) => a - b);
  const quantile = (q: number): number => Math.round((took[Math.floor(took.length * q)] ?? 0) * 10) / 10;
  return { what, perSecond: Math.round(times / seconds), p50: quantile(0.5), p95: quantile(0.95) };
}

const ground = await startPersonGround();
const server = await ground.start();
const patients: PersonStore = server.persons.of('Patient');
const { mongo } = server.persons;
const ids: string[] = [];
const made: Resource[] = [];
const rows: Measured[] = [];

rows.push(
  await measure(`create (${String(PATIENTS)} patients)`, PATIENTS, async (at) => {
    const resource = patient(at);
    const stored = await withTransaction(mongo, (tx) => patients.insert(tx, resource));
    ids.push(stored.id);
    made.push(resource);
  }),
);
rows.push(await measure('read', READS, () => patients.read(ids[randomInt(ids.length)] ?? '')));

const search = (filters: readonly SearchFilter[]): Promise<unknown> =>
  patients.search({ filters, constraint: { kind: 'all' }, sort: [], count: 20, wantsTotal: false });
const text = (name: string, value: string): SearchFilter => ({ name, values: [{ type: 'string', value }] });
const some = (): Resource => made[randomInt(made.length)] ?? patient(0);
const familyOf = (resource: Resource): string => (resource['name'] as { family: string }[])[0]?.family ?? '';
const born = (resource: Resource): SearchFilter => {
  const start = Date.parse(`${resource['birthDate'] as string}T00:00:00Z`);
  return { name: 'birthdate', values: [{ type: 'date', comparison: 'eq', start, end: start + 86_400_000 }] };
};
const SEARCHED: readonly (readonly [string, () => readonly SearchFilter[]])[] = [
  ['search family', () => [text('family', familyOf(some()))]],
  ['search family (3 letters)', () => [text('family', familyOf(some()).slice(0, 3))]],
  [
    'search family (3 letters), birthdate',
    () => ((one) => [text('family', familyOf(one).slice(0, 3)), born(one)])(some()),
  ],
  [
    'search gender, family',
    () => [{ name: 'gender', values: [{ type: 'token', code: 'female' }] }, text('family', familyOf(some()))],
  ],
  [
    'search identifier',
    () => [
      {
        name: 'identifier',
        values: [{ type: 'token', system: 'urn:bench', code: String(randomInt(PATIENTS)) }],
      },
    ],
  ],
];
for (const [what, filters] of SEARCHED) rows.push(await measure(what, SEARCHES, () => search(filters())));

const { size, storageSize, totalIndexSize, count } = (await ground.db.command({
  collStats: 'patients',
})) as Record<string, number>;
console.table(rows);
console.log(
  `${String(count)} records, each ${String(Math.round((size ?? 0) / (count ?? 1)))} bytes of BSON, ` +
    `${String(Math.round((storageSize ?? 0) / (count ?? 1)))} on disk, ${String(Math.round((totalIndexSize ?? 0) / (count ?? 1)))} of indexes`,
);
await server.stop();
await ground.stop();
