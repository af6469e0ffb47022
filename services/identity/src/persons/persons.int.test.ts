import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { findTexts } from '../../test/leaks.ts';
import { ask, idsOf, MRN, patientSubject, startPersonGround } from '../../test/persons.ts';
import type { PersonGround, PersonServer } from '../../test/persons.ts';

jest.setTimeout(60_000);

const WALTRAUD = {
  resourceType: 'Patient',
  active: true,
  identifier: [{ system: 'urn:other', value: 'ident-4711' }],
  name: [
    { use: 'official', family: 'Quellenbusch-Müller', given: ['Waltraud', 'Irmgard'], prefix: ['Dr.'] },
    { use: 'nickname', text: 'Traudl' },
  ],
  birthDate: '1957-03-12',
  gender: 'female',
  telecom: [
    { system: 'email', value: 'Waltraud.Q@Mail.Example', use: 'home', rank: 2 },
    { system: 'phone', value: '+49 (0)30 123-4567', use: 'mobile' },
    { system: 'fax', value: '030 7654321' },
  ],
  address: [{ line: ['Ziegelgasse 7'], city: 'Königs Wusterhausen', postalCode: '15711', country: 'DE' }],
  communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'de' }] }, preferred: true }],
  extension: [
    { url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace', valueAddress: { city: 'Jüterbog' } },
  ],
};

describe('persons over FHIR', () => {
  let ground: PersonGround;
  let server: PersonServer;
  let id = '';
  const as = (
    token: string,
    line: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ) => ask(server.url, token, line, options);
  const create = async (over: Record<string, unknown> = {}): Promise<string> => {
    const { status, body } = await as('frontdesk', 'POST Patient', {
      body: { resourceType: 'Patient', ...over },
    });
    expect([status, body]).toEqual([201, expect.anything()]);
    return body['id'] as string;
  };

  beforeAll(async () => {
    ground = await startPersonGround();
    server = await ground.start();
    id = await create(WALTRAUD);
    ground.subjects[id] = patientSubject(id);
  }, 120_000);
  afterAll(async () => {
    await server.stop();
    await ground.stop();
  });

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

  it('keep every version, and refuse an update against another one', async () => {
    const made = await create({ name: [{ text: 'first' }] });
    const put = (version: number, text: string) =>
      as('frontdesk', `PUT Patient/${made}`, {
        body: { resourceType: 'Patient', id: made, name: [{ text }] },
        headers: { 'if-match': `W/"${String(version)}"` },
      });
    expect((await put(1, 'second')).status).toBe(200);
    expect((await put(1, 'other')).status).toBe(412);
    const race = await Promise.all(['a', 'b', 'c', 'd'].map((text) => put(2, text)));
    expect(race.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    const history = await as('admin', `GET Patient/${made}/_history`);
    expect(history.body['total']).toBe(3);
    const first = await as('admin', `GET Patient/${made}/_history/1`);
    expect(first.body['name']).toEqual([{ text: 'first' }]);
    expect((await as('admin', `GET Patient/${made}/_history/4`)).status).toBe(404);
    expect(idsOf(await as('admin', `GET Patient?name=first`))).not.toContain(made);
    expect(server.events.filter((event) => event.endsWith(made))).toEqual([
      `patient.registered ${made}`,
      `patient.updated ${made}`,
      `patient.updated ${made}`,
    ]);
  });

  it('take no id, no link and nothing that FHIR has not from a client', async () => {
    const body = {
      resourceType: 'Patient',
      id: 'mine',
      meta: { versionId: '7', lastUpdated: '2000-01-01T00:00:00Z' },
    };
    const made = await as('frontdesk', 'POST Patient', { body });
    expect(made.body['id']).not.toBe('mine');
    expect(made.body['meta']).toMatchObject({ versionId: '1' });
    const link = [{ other: { reference: `Patient/${id}` }, type: 'replaces' }];
    const linked = await as('frontdesk', 'POST Patient', { body: { resourceType: 'Patient', link } });
    expect([linked.status, JSON.stringify(linked.body)]).toEqual([
      400,
      expect.stringContaining('Patient.link'),
    ]);
    for (const over of [
      { password: 'x' },
      { role: 'admin' },
      { replacedBy: id },
      { access: { patient: [id] } },
    ]) {
      expect(
        (await as('frontdesk', 'POST Patient', { body: { resourceType: 'Patient', ...over } })).status,
      ).toBe(400);
    }
  });

  it('with an identifier of the clinic are one, whoever makes them at once, and also when one is changed to it', async () => {
    const value = randomUUID();
    const body = { resourceType: 'Patient', identifier: [{ system: MRN, value }] };
    const all = await Promise.all(Array.from({ length: 8 }, () => as('frontdesk', 'POST Patient', { body })));
    expect(all.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(7).fill(409)]);
    const other = await create();
    const changed = await as('frontdesk', `PUT Patient/${other}`, {
      body: { ...body, id: other },
      headers: { 'if-match': 'W/"1"' },
    });
    expect(changed.status).toBe(409);
    expect(idsOf(await as('frontdesk', `GET Patient?identifier=${value}`))).toHaveLength(1);
  });

  it('are made once by a conditional create and by an Idempotency-Key, however many ask at once', async () => {
    const value = randomUUID();
    const body = { resourceType: 'Patient', identifier: [{ system: 'urn:any', value }] };
    const headers = { 'if-none-exist': `identifier=urn:any|${value}` };
    const all = await Promise.all(
      Array.from({ length: 6 }, () => as('frontdesk', 'POST Patient', { body, headers })),
    );
    expect(all.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
    expect(new Set(all.map((answer) => answer.body['id'])).size).toBe(1);
    const keyed = { 'idempotency-key': randomUUID() };
    const family = `Twice${randomUUID()}`;
    const named = { resourceType: 'Patient', name: [{ family }] };
    const [one, two] = [
      await as('frontdesk', 'POST Patient', { body: named, headers: keyed }),
      await as('frontdesk', 'POST Patient', { body: named, headers: keyed }),
    ];
    expect([one.status, two.status, two.body]).toEqual([201, 201, one.body]);
    expect(two.headers.get('idempotency-replayed')).toBe('true');
    expect(idsOf(await as('frontdesk', `GET Patient?family=${family}`))).toEqual([one.body['id']]);
  });

  it('are shown as far as the decision goes: reads, searches, totals and matches', async () => {
    const family = `Seen${randomUUID()}`;
    const [mine, other] = [await create({ name: [{ family }] }), await create({ name: [{ family }] })];
    ground.subjects[mine] = patientSubject(mine);
    const parameters = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'resource', resource: { resourceType: 'Patient', name: [{ family }], birthDate: '1990' } },
      ],
    };
    expect((await as(mine, `GET Patient/${mine}`)).status).toBe(200);
    expect((await as(mine, `GET Patient/${other}`)).status).toBe(404);
    const own = await as(mine, `GET Patient?family=${family}&_total=accurate`);
    expect([idsOf(own), own.body['total']]).toEqual([[mine], 1]);
    expect((await as('doctor', `GET Patient/${mine}`)).status).toBe(404);
    ground.facts.set('doc', {
      version: '1',
      actsFor: [],
      treats: [{ patient: mine }],
      breakGlass: [],
      consents: [],
    });
    expect(idsOf(await as('doctor', `GET Patient?family=${family}`))).toEqual([mine]);
    expect(idsOf(await as('doctor', 'POST Patient/$match', { body: parameters }))).not.toContain(other);
    expect((await as(mine, 'POST Patient/$match', { body: parameters })).status).toBe(403);
  });

  it('match with a score and a grade, the same person first', async () => {
    const grades = async (resource: object, over: object[] = []) => {
      const { body } = await as('frontdesk', 'POST Patient/$match', {
        body: { resourceType: 'Parameters', parameter: [{ name: 'resource', resource }, ...over] },
      });
      const entries = (body['entry'] ?? []) as {
        resource: { id: string };
        search: { score: number; extension: { valueCode: string }[] };
      }[];
      return entries.map(({ resource: { id: found }, search }) => [found, search.extension[0]?.valueCode]);
    };
    const asked = {
      resourceType: 'Patient',
      name: [{ family: 'Quellenbusch Mueller', given: ['waltraud'] }],
    };
    expect((await grades({ ...asked, birthDate: '1957-03-12', gender: 'female' }))[0]).toEqual([
      id,
      'certain',
    ]);
    expect((await grades({ ...asked, birthDate: '1957-12-03' }))[0]).toEqual([id, 'probable']);
    expect((await grades({ ...asked, birthDate: '1988-01-01' }))[0]).toEqual([id, 'possible']);
    expect(
      await grades({ ...asked, birthDate: '1988-01-01' }, [
        { name: 'onlyCertainMatches', valueBoolean: true },
      ]),
    ).toEqual([]);
    expect(await grades({ resourceType: 'Patient', name: [{ family: 'Nobody' }] })).toEqual([]);
  });

  it('merge, stay readable by their links, and part again', async () => {
    const [source, target] = [
      await create({ active: true, name: [{ text: 's' }] }),
      await create({ name: [{ text: 't' }] }),
    ];
    const body = (from: string, to: string) => ({
      resourceType: 'Parameters',
      parameter: [
        { name: 'source-patient', valueReference: { reference: `Patient/${from}` } },
        { name: 'target-patient', valueReference: { reference: `Patient/${to}` } },
      ],
    });
    const merge = (from: string, to: string) => as('admin', 'POST Patient/$merge', { body: body(from, to) });
    expect((await as('frontdesk', 'POST Patient/$merge', { body: body(source, target) })).status).toBe(403);
    const both = await Promise.all([merge(source, target), merge(target, source)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const [gone, kept] = both[0].status === 200 ? [source, target] : [target, source];
    const read = async (of: string) => (await as('admin', `GET Patient/${of}`)).body;
    expect(await read(gone)).toMatchObject({
      active: false,
      link: [{ other: { reference: `Patient/${kept}` }, type: 'replaced-by' }],
    });
    expect(await read(kept)).toMatchObject({
      link: [{ other: { reference: `Patient/${gone}` }, type: 'replaces' }],
    });
    expect((await merge(await create(), gone)).status).toBe(409);
    const changed = await as('frontdesk', `PUT Patient/${kept}`, {
      body: { ...(await read(kept)), gender: 'other' },
      headers: { 'if-match': 'W/"2"' },
    });
    expect(changed.status).toBe(200);
    expect((await as('admin', 'POST Patient/$unmerge', { body: body(kept, gone) })).status).toBe(404);
    expect((await as('admin', 'POST Patient/$unmerge', { body: body(gone, kept) })).status).toBe(200);
    expect(await read(gone)).not.toHaveProperty('link');
    expect((await read(gone))['active']).toBe(gone === source ? true : undefined);
    expect(await read(kept)).toMatchObject({ gender: 'other' });
    expect(await read(kept)).not.toHaveProperty('link');
    expect((await as('admin', 'POST Patient/$unmerge', { body: body(gone, kept) })).status).toBe(404);
    expect(server.events.filter((event) => event === `patient.merged ${gone}`)).toHaveLength(2);
  });

  it('of staff hide their log-in addresses from patients, and nothing that the clinic shows', async () => {
    const telecom = [
      { system: 'email', value: 'login@clinic.example' },
      { system: 'phone', value: '+49 30 99' },
    ];
    const made = await as('admin', 'POST Practitioner', {
      body: { resourceType: 'Practitioner', name: [{ family: 'Nachtweih' }], telecom },
    });
    const path = `GET Practitioner/${made.body['id'] as string}`;
    expect((await as('admin', path)).body['telecom']).toEqual(telecom);
    expect(JSON.stringify((await as(id, path)).body)).not.toContain('login@clinic');
    expect(JSON.stringify((await as(id, 'GET Practitioner?name=nachtweih')).body)).not.toContain(
      'login@clinic',
    );
  });

  it('around a patient and places of the clinic are kept, too', async () => {
    const related = await as('frontdesk', 'POST RelatedPerson', {
      body: {
        resourceType: 'RelatedPerson',
        patient: { reference: `Patient/${id}` },
        name: [{ family: 'Quellenbusch', given: ['Ottokar'] }],
      },
    });
    expect(related.status).toBe(201);
    expect(idsOf(await as(id, 'GET RelatedPerson?name=ottokar'))).toEqual([related.body['id']]);
    const organization = await as('admin', 'POST Organization', {
      body: { resourceType: 'Organization', name: 'Praxis am Markt', alias: ['PAM'] },
    });
    const reference = { reference: `Organization/${organization.body['id'] as string}` };
    await as('admin', 'POST Location', {
      body: { resourceType: 'Location', name: 'Haus 2', status: 'active', managingOrganization: reference },
    });
    const role = await as('admin', 'POST PractitionerRole', {
      body: {
        resourceType: 'PractitionerRole',
        organization: reference,
        specialty: [{ coding: [{ system: 'urn:s', code: 'k' }] }],
      },
    });
    expect(role.status).toBe(201);
    for (const query of [
      'Organization?name=pam',
      'Location?name=haus&status=active',
      `Location?organization=${reference.reference}`,
      `PractitionerRole?organization=${reference.reference}&specialty=urn:s%7Ck`,
    ]) {
      expect(idsOf(await as(id, `GET ${query}`))).toHaveLength(1);
    }
  });

  it('leave nothing of themselves readable in the database', async () => {
    const texts = [
      ...['Quellenbusch', 'Waltraud', 'Irmgard', 'Traudl', 'Ottokar', 'Sukarno', 'Jüterbog', 'Ziegelgasse'],
      ...['1957-03-12', 'ident-4711', 'Waltraud.Q@Mail.Example', '123-4567', '493012345', '7654321'],
      ...['Königs', '15711', 'login@clinic.example', 'Nachtweih', 'Praxis am Markt'],
    ];
    const planted = { _id: 'planted' as never, note: Buffer.from('Quellenbusch').toString('base64') };
    await ground.db.collection('planted').insertOne(planted);
    const found = await leaks(ground, texts);
    expect(found).toEqual(['planted: Quellenbusch']);
    await ground.db.collection('planted').drop();
    expect(server.log.text()).not.toMatch(/quellenbusch|waltraud|1957-03/i);
  });

  it('are read and written by indexes only, by a known number of commands', async () => {
    const made = await create(WALTRAUD);
    const commands = async (line: string, options: Parameters<typeof as>[2] = {}): Promise<string[]> => {
      await profile(ground, 2);
      const { status } = await as('frontdesk', line, options);
      await profile(ground, 0);
      expect(status).toBeLessThan(300);
      const plans = await ground.db
        .collection('system.profile')
        .find({ ns: { $not: /system|idempotency/ }, 'command.hello': { $exists: false } })
        .toArray();
      expect(plans.map(({ planSummary }) => String(planSummary))).not.toContain('COLLSCAN');
      return plans.map(({ op, ns, command }) =>
        [op === 'command' ? Object.keys(command as object)[0] : op, String(ns).split('.')[1]].join(' '),
      );
    };
    expect(await commands(`GET Patient/${made}`)).toEqual(['query patients']);
    for (const query of [
      'name=quellen&birthdate=1957-03-12',
      'birthdate=ge1957&gender=female&active=true',
      'gender=female&name=quellen&_sort=name',
      'email=a@b.example',
      '_lastUpdated=gt2020-01-01&_sort=-_lastUpdated',
      `_id=${made}`,
      '',
    ]) {
      expect(
        (await commands(`GET Patient?${query}`)).filter((command) => command === 'query patients'),
      ).toHaveLength(1);
    }
    expect(await commands('POST Patient', { body: WALTRAUD })).toEqual([
      'insert data_keys',
      'insert patients',
    ]);
    const body = { ...WALTRAUD, id: made, gender: 'other' };
    expect(await commands(`PUT Patient/${made}`, { body, headers: { 'if-match': 'W/"1"' } })).toEqual([
      'query patients',
      'query patients',
      'insert person_versions',
      'update patients',
    ]);
  });

  async function profile({ db }: PersonGround, level: 0 | 2): Promise<void> {
    if (level === 2) await db.dropCollection('system.profile').catch(() => false);
    await db.command({ profile: level });
  }

  async function leaks({ db }: PersonGround, texts: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const { name } of await db.listCollections().toArray()) {
      for await (const document of db.collection(name).find({}, { raw: true })) {
        found.push(...findTexts(document as unknown as Buffer, texts).map((text) => `${name}: ${text}`));
      }
    }
    return [...new Set(found)];
  }
});
