import { ATTRIBUTES, satisfies } from '@careplane/access';
import type { Attribute, Attributes, Constraint } from '@careplane/access';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMongod } from '@careplane/testing';
import type { RunningMongod } from '@careplane/testing';
import { MongoClient } from 'mongodb';
import type { Collection, Document } from 'mongodb';
import fc from 'fast-check';
import type { SearchFilter } from '../search.ts';
import { constraintToMongo } from './constraint-to-mongo.ts';
import type { AttributeMap } from './constraint-to-mongo.ts';
import { intervalOf } from './dates.ts';
import { keysetOf } from './keyset.ts';
import { pairsOf } from './pairs.ts';
import { parseSearch } from './parse.ts';
import { normalizeText } from './normalize.ts';
import { toMongoFilter } from './to-mongo.ts';
import type { MongoMap } from './to-mongo.ts';

const attributes: AttributeMap = {
  id: [{ path: '_id' }],
  patient: [
    { path: 'subject', prefix: 'Patient/' },
    { path: 'others', prefix: 'Patient/' },
  ],
  practitioner: [{ path: 'who' }],
  organization: 'none',
  category: 'none',
  dataClass: 'none',
  author: 'none',
};

const map: MongoMap = {
  attributes,
  fields: {
    status: { as: 'code', paths: ['status'] },
    active: { as: 'boolean', paths: ['active'] },
    category: { as: 'coding', paths: ['category'] },
    identifier: { as: 'identifier', paths: ['identifier'] },
    name: { as: 'text', paths: ['names'], exact: ['exactNames'] },
    patient: { as: 'reference', paths: ['subject'] },
    date: { as: 'instant', paths: ['at'] },
    changed: { as: 'instantText', paths: ['changed'] },
    birthdate: { as: 'interval', paths: ['born'] },
    score: { as: 'number', paths: ['score'] },
  },
};

const born = (date: string): Document => {
  const interval = intervalOf(date);
  return { start: new Date(interval?.start ?? 0), end: new Date(interval?.end ?? 0) };
};

const DOCUMENTS: Document[] = [
  {
    _id: 'a',
    status: 'booked',
    active: true,
    category: [{ system: 's', code: 'x' }, { code: 'y' }],
    identifier: [{ system: 'i', value: '1' }],
    names: [normalizeText('Núñez'), normalizeText('de la Cruz')],
    exactNames: ['Núñez', 'de la Cruz'],
    subject: 'Patient/p1',
    at: new Date('2026-05-01T10:00:00Z'),
    changed: '2026-05-01T10:00:00.000Z',
    born: born('1957-03'),
    score: 0.5,
  },
  {
    _id: 'b',
    status: 'cancelled',
    active: false,
    category: [{ system: 't', code: 'x' }],
    names: [normalizeText('Weiß (Anna)')],
    exactNames: ['Weiß (Anna)'],
    subject: 'Patient/p2',
    at: new Date('2026-06-01T00:00:00Z'),
    changed: '2026-06-01T00:00:00.000Z',
    born: born('1957'),
    score: 2,
  },
  { _id: 'c', names: [], others: ['Patient/p1'] },
];

const parameter = (type: 'token' | 'string' | 'reference' | 'date' | 'number') => ({
  type,
  documentation: '',
  modifiers: ['exact', 'contains', 'missing', 'not'],
});

describe('searches in MongoDB', () => {
  let mongod: RunningMongod;
  let client: MongoClient;
  let documents: Collection;
  beforeAll(async () => {
    mongod = await startMongod();
    client = await MongoClient.connect(mongod.uri);
    documents = client.db('search').collection('documents');
    await documents.insertMany(DOCUMENTS);
  }, 120_000);
  afterAll(async () => {
    await client.close();
    await mongod.stop();
  });

  const filtersOf = (query: string): readonly SearchFilter[] =>
    parseSearch(pairsOf(query), {
      searchParameters: {
        status: parameter('token'),
        active: parameter('token'),
        category: parameter('token'),
        identifier: parameter('token'),
        name: parameter('string'),
        patient: parameter('reference'),
        date: parameter('date'),
        changed: parameter('date'),
        birthdate: parameter('date'),
        score: parameter('number'),
      },
      base: 'http://x/fhir/R4',
      isLenient: false,
    }).filters;
  const find = async (query: string, constraint: Constraint = { kind: 'all' }): Promise<string> => {
    const filter = toMongoFilter({ filters: filtersOf(query), constraint }, map);
    const found = await documents.find(filter).sort({ _id: 1 }).toArray();
    return found.map(({ _id }) => String(_id)).join('');
  };

  it('find what each type of parameter means', async () => {
    const cases: [string, string][] = [
      ['', 'abc'],
      ['status=booked', 'a'],
      ['status=booked,cancelled', 'ab'],
      ['status:not=booked', 'bc'],
      ['status=x|booked', ''],
      ['status:missing=true', 'c'],
      ['name:missing=false', 'ab'],
      ['active=false', 'b'],
      ['category=x', 'ab'],
      ['category=s|x', 'a'],
      ['category=s|y', ''],
      ['category=|y', 'a'],
      ['category=t|', 'b'],
      ['identifier=i|1', 'a'],
      ['name=nunez', 'a'],
      ['name=NÚÑ', 'a'],
      ['name=uñez', ''],
      ['name:contains=cruz', 'a'],
      ['name:exact=Núñez', 'a'],
      ['name:exact=nunez', ''],
      ['name=weiss (a', 'b'],
      ['name=.*', ''],
      ['patient=Patient/p1', 'a'],
      ['patient=p2', 'b'],
      ['date=2026-05', 'a'],
      ['date=ne2026-05', 'bc'],
      ['date=ge2026-05-01&date=lt2026-06', 'a'],
      ['date=gt2026-05', 'b'],
      ['date=2026-05-01T12:00:00%2B02:00', 'a'],
      ['changed=le2026-05-01', 'a'],
      ['birthdate=1957', 'ab'],
      ['birthdate=1957-03', 'a'],
      ['birthdate=1957-03-05', ''],
      ['birthdate=gt1957-03', 'b'],
      ['birthdate=lt1957-03', 'b'],
      ['birthdate=eb1957-04', 'a'],
      ['birthdate=sa1956', 'ab'],
      ['score=gt0.5', 'b'],
      ['score=ap2.1', 'b'],
    ];
    for (const [query, ids] of cases) expect([query, await find(query)]).toEqual([query, ids]);
  });

  it('never find what the constraint excludes', async () => {
    const own: Constraint = { kind: 'in', attribute: 'patient', values: ['p1'] };
    expect(await find('status=booked,cancelled', own)).toBe('a');
    expect(await find('', own)).toBe('ac');
    expect(await find('status:not=nothing', { kind: 'none' })).toBe('');
  });

  it('take a constraint for what it means on a real server', async () => {
    const collection = client.db('search').collection('constraints');
    const values = fc.array(fc.constantFrom('a', 'b'), { maxLength: 2 });
    const leaf = fc.record({
      kind: fc.constantFrom<'in' | 'notIn' | 'only'>('in', 'notIn', 'only'),
      attribute: fc.constantFrom<Attribute>(...ATTRIBUTES),
      values,
    });
    const constraint: fc.Arbitrary<Constraint> = fc.oneof(
      leaf,
      fc.record({ kind: fc.constantFrom<'and' | 'or'>('and', 'or'), of: fc.array(leaf, { maxLength: 3 }) }),
    );
    const parts = fc.record({
      subject: fc.option(fc.constantFrom('a', 'b')),
      others: fc.option(values),
      who: fc.option(values),
    });
    const drawn = fc.sample(parts, 40).map((part, index) => ({ ...part, id: String(index) }));
    await collection.insertMany(
      drawn.map(({ id, subject, others, who }) => ({
        _id: id,
        ...(subject === null ? {} : { subject: `Patient/${subject}` }),
        ...(others === null ? {} : { others: others.map((one) => `Patient/${one}`) }),
        ...(who === null ? {} : { who }),
      })) as never[],
    );
    const attributesOf = ({ id, subject, others, who }: (typeof drawn)[number]): Attributes => ({
      id: [id],
      patient: [...(subject === null ? [] : [subject]), ...(others ?? [])],
      practitioner: who ?? [],
    });
    await fc.assert(
      fc.asyncProperty(constraint, async (one) => {
        const found = await collection.find(constraintToMongo(one, attributes)).toArray();
        const expected = drawn
          .filter((document) => satisfies(one, attributesOf(document)))
          .map(({ id }) => id);
        expect(found.map(({ _id }) => String(_id)).sort()).toEqual(expected.sort());
      }),
      { numRuns: 300 },
    );
  });

  it('page through every document once, also with equal and absent keys, in both directions', async () => {
    const collection = client.db('search').collection('pages');
    const all = Array.from({ length: 23 }, (_, index) => ({
      _id: `d${String(index).padStart(2, '0')}`,
      ...(index % 4 === 0 ? {} : { key: index % 3 }),
      ...(index % 5 === 0 ? {} : { at: new Date(1_000 * (index % 2)) }),
    }));
    await collection.insertMany(all as never[]);
    for (const sort of [
      [],
      [{ name: 'key', descending: false }],
      [
        { name: 'at', descending: true },
        { name: 'key', descending: true },
      ],
    ]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const keyset = keysetOf(
          { sort, count: 4, ...(cursor === undefined ? {} : { cursor }) },
          { key: 'key', at: 'at' },
        );
        const read = await collection.find(keyset.after).sort(keyset.sort).limit(keyset.limit).toArray();
        const page = keyset.page(read, ({ _id }) => String(_id));
        seen.push(...page.resources);
        cursor = page.next;
      } while (cursor !== undefined);
      expect([...seen].sort()).toEqual(all.map(({ _id }) => _id));
    }
    const other = keysetOf({ sort: [], count: 1 }, {}).page(all, ({ _id }) => _id).next ?? '';
    expect(() =>
      keysetOf({ sort: [{ name: 'key', descending: false }], count: 1, cursor: other }, { key: 'key' }),
    ).toThrow();
    for (const cursor of ['x', Buffer.from('["_id",[{"$gt":""}]]').toString('base64url')]) {
      expect(() => keysetOf({ sort: [], count: 1, cursor }, {})).toThrow('The request is not valid');
    }
  });
});
