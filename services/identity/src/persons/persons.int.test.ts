import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { idsOf, WALTRAUD } from '../../test/persons.ts';
import { openWaltraudsClinic } from '../../test/waltraud.ts';
import type { WaltraudsClinic } from '../../test/waltraud.ts';
import { MOST_SORTED } from './search.ts';

jest.setTimeout(60_000);

describe('persons over FHIR', () => {
  let clinic: WaltraudsClinic;
  let id: WaltraudsClinic['id'];
  let as: WaltraudsClinic['as'];
  let create: WaltraudsClinic['create'];
  beforeAll(async () => {
    clinic = await openWaltraudsClinic();
    ({ id, as, create } = clinic);
  }, 120_000);
  afterAll(() => clinic.stop());

  it('keep all that was sent, and say where and which version it is', async () => {
    const read = await as('admin', `GET Patient/${id}`);
    expect(read.headers.get('etag')).toBe('W/"1"');
    expect(read.body).toEqual({ ...WALTRAUD, id, meta: read.body['meta'] });
  });

  it.each([
    ['no name', {}],
    ['a text only', { name: [{ text: 'Unknown woman, station 3' }] }],
    ['a single name', { name: [{ given: ['Sukarno'] }] }],
    ['a year of birth', { birthDate: '1957' }],
    ['a month of birth', { birthDate: '1957-03' }],
    ['an old address', { telecom: [{ system: 'email', use: 'old', value: 'old@mail.example', rank: 1 }] }],
    [
      'something contained',
      {
        contained: [{ resourceType: 'Organization', id: 'o', name: 'GP' }],
        generalPractitioner: [{ reference: '#o' }],
      },
    ],
    [
      'a gap with an extension',
      {
        name: [
          {
            family: 'X',
            given: [null, 'Y'],
            _given: [
              {
                extension: [
                  { url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' },
                ],
              },
              null,
            ],
          },
        ],
      },
    ],
  ])('keep a patient with %s', async (_what, over) => {
    const made = await create(over);
    expect((await as('admin', `GET Patient/${made}`)).body).toMatchObject(over);
  });

  it.each([
    'name=quellen',
    'name=MULLER',
    'name=mueller',
    'name=traudl',
    'family=Quellenbusch',
    'given=irm',
    'family:exact=Quellenbusch-M%C3%BCller',
    'birthdate=1957-03-12',
    'birthdate=1957-03&name=waltraud',
    'birthdate=1957&name=waltraud',
    'birthdate=ge1957-03-12&birthdate=lt1957-03-13&name=waltraud',
    'birthdate=gt1900&birthdate=le1960&name=waltraud',
    'identifier=ident-4711',
    'identifier=urn:other%7Cident-4711',
    'identifier=urn:other%7C',
    'email=waltraud.q@mail.example',
    'phone=0049301234567',
    'phone=%2B49%2030%20123%204567',
    'telecom=0307654321',
    'address-city=konigs',
    'address-city=Koenigs%20Wuster',
    'address-postalcode=157',
    'gender=female&name=waltraud',
    'active=true&name=waltraud',
  ])('are found by %s', async (query) => {
    const answer = await as('frontdesk', `GET Patient?${query}`);
    expect(answer.status).toBe(200);
    expect(idsOf(answer)).toEqual([id]);
  });

  it.each([
    'name=nobody',
    'family=waltraud',
    'family:exact=quellenbusch-m%C3%BCller',
    'birthdate=1957-03-13',
    'birthdate=lt1957-03-12&name=waltraud',
    'birthdate=gt1957-03-12&name=waltraud',
    'identifier=urn%7Cident-4711',
    'email=other@mail.example',
    'phone=0307654321',
    'gender=male&name=waltraud',
    'name=-',
  ])('are not found by %s', async (query) => {
    expect(idsOf(await as('frontdesk', `GET Patient?${query}`))).toEqual([]);
  });

  it.each([
    [
      'too many values',
      `birthdate=${Array.from({ length: 60 }, (_, at) => `gt${String(1900 + at)}-02-03`).join(',')}`,
    ],
    ['too many parameters', Array.from({ length: 20 }, () => 'name=a').join('&')],
  ])('are not searched by %s', async (_what, query) => {
    expect((await as('frontdesk', `GET Patient?${query}`)).status).toBe(422);
  });

  it.each(['0000-01-01', '1957-02-30', '2999-01-01', 'yesterday'])(
    'born %s are refused by the path',
    async (birthDate) => {
      const answer = await as('frontdesk', 'POST Patient', { body: { resourceType: 'Patient', birthDate } });
      expect([answer.status, JSON.stringify(answer.body)]).toEqual([
        400,
        expect.stringContaining('Patient.birthDate'),
      ]);
      expect(JSON.stringify(answer.body)).not.toContain(birthDate);
    },
  );

  it('of partial dates of birth are found as FHIR says', async () => {
    const family = `Partial${randomUUID()}`;
    const name = [{ family }];
    const [year, month] = [
      await create({ name, birthDate: '1931' }),
      await create({ name, birthDate: '1931-05' }),
    ];
    const found = async (birthdate: string): Promise<string[]> =>
      idsOf(await as('frontdesk', `GET Patient?family=${family}&birthdate=${birthdate}`)).sort();
    expect(await found('1931')).toEqual([year, month].sort());
    expect(await found('1931-05')).toEqual([month]);
    expect(await found('1931-05-02')).toEqual([]);
    expect(await found('gt1931-05-10')).toEqual([year, month].sort());
    expect(await found('gt1931-06-10')).toEqual([year]);
    expect(await found('lt1931')).toEqual([]);
  });

  it('page through matches by links, in order, each once', async () => {
    const family = `Page${randomUUID()}`;
    const given = ['Berta', 'Anna', 'Dora', 'Cäcilie', 'Emil'];
    for (const one of given) await create({ name: [{ family, given: [one] }] });
    for (const [sort, expected] of [
      ['given', ['Anna', 'Berta', 'Cäcilie', 'Dora', 'Emil']],
      ['-given', ['Emil', 'Dora', 'Cäcilie', 'Berta', 'Anna']],
      ['_lastUpdated', given],
      ['-_lastUpdated', given.toReversed()],
      ['_id', undefined],
    ] as const) {
      const seen: string[] = [];
      let next: string | undefined = `Patient?family=${family}&_count=2&_sort=${sort}&_total=accurate`;
      while (next !== undefined) {
        const { body } = await as('frontdesk', `GET ${next}`);
        expect(body['total']).toBe(5);
        const entries = body['entry'] as { resource: { name: { given: string[] }[] } }[];
        seen.push(...entries.map(({ resource }) => resource.name[0]?.given[0] ?? ''));
        const links = body['link'] as { relation: string; url: string }[];
        next = links.find(({ relation }) => relation === 'next')?.url.split('/fhir/R4/')[1];
      }
      expect(sort === '_id' ? seen.toSorted() : seen).toEqual(expected ?? given.toSorted());
    }
  });

  it('are sorted by a name as far as few are decrypted for it; more are refused before one is', async () => {
    const family = `Sort${randomUUID()}`;
    const names = Array.from({ length: MOST_SORTED }, (_, at) => ({
      family,
      given: [`Given ${String(at)}`],
    }));
    for (const name of names) await create({ name: [name] });
    const decrypted = jest.spyOn(clinic.server.persons.protection.cipher, 'open');
    const page = `Patient?family=${family}&_sort=-given&_count=2`;
    const { status, body } = await as('frontdesk', `GET ${page}`);
    const entries = body['entry'] as { resource: { name: { given: string[] }[] } }[];
    expect([status, entries.map(({ resource }) => resource.name[0]?.given[0])]).toEqual([
      200,
      [`Given ${String(MOST_SORTED - 1)}`, `Given ${String(MOST_SORTED - 2)}`],
    ]);
    expect(decrypted).toHaveBeenCalledTimes(MOST_SORTED);
    await create({ name: [{ family }] });
    decrypted.mockClear();
    expect((await as('frontdesk', `GET ${page}`)).status).toBe(422);
    expect(decrypted).not.toHaveBeenCalled();
    decrypted.mockRestore();
  });
});
