import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { TextScanner } from '@careplane/testing';
import { idsOf, patientSubject, WALTRAUD } from '../../test/persons.ts';
import type { PersonGround } from '../../test/persons.ts';
import { openWaltraudsClinic } from '../../test/waltraud.ts';
import type { WaltraudsClinic } from '../../test/waltraud.ts';

jest.setTimeout(60_000);

describe('persons as they are shown and stored', () => {
  let clinic: WaltraudsClinic;
  let ground: WaltraudsClinic['ground'];
  let server: WaltraudsClinic['server'];
  let id: WaltraudsClinic['id'];
  let as: WaltraudsClinic['as'];
  let create: WaltraudsClinic['create'];
  beforeAll(async () => {
    clinic = await openWaltraudsClinic();
    ({ ground, server, id, as, create } = clinic);
  }, 120_000);
  afterAll(() => clinic.stop());

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
    const scanner = new TextScanner(texts);
    const found: string[] = [];
    for (const { name } of await db.listCollections().toArray()) {
      const documents = await db.collection(name).find({}, { raw: true }).toArray();
      const inside = await scanner.find(documents as unknown as Buffer[]);
      found.push(...[...inside].map((text) => `${name}: ${text}`));
    }
    return found;
  }
});
