import { decide, NO_FACTS } from '@careplane/access';
import type { ConsentRule, Facts, Subject } from '@careplane/access';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { appointmentAttributes, appointmentOf, patientOf, startFhir } from '../../test/fhir-ground.ts';
import type { Answer, FhirGround } from '../../test/fhir-ground.ts';
import { accessPort } from '../auth/access-port.ts';
import type { FactsAbout } from '../auth/facts-paths.ts';
import { Unauthorized } from '../http/errors.ts';
import { testSubject } from '../testing/index.ts';

const idsOf = ({ body }: Answer): string[] => (body.entry ?? []).map(({ resource }) => resource.id);
const deny = (patient: string, over: Partial<ConsentRule> = {}): ConsentRule => ({
  patient,
  type: 'deny',
  recipients: [],
  purposes: [],
  dataClasses: [],
  ...over,
});

const DREW = { actor: { reference: 'Practitioner/drew' }, status: 'accepted' };

const lab = testSubject({ id: 'lab', role: 'app', client: 'lab', scopes: ['system/*.cruds'] });
const drew = testSubject({ id: 'drew', person: { type: 'Practitioner', id: 'drew' } });

describe('facts behind the FHIR router', () => {
  let fhir: FhirGround;
  /** All that is known; a practitioner treats these. */
  let consents: readonly ConsentRule[];
  let treated: readonly string[];
  let asked: FactsAbout[];
  let isOver: boolean;
  const known = (): Facts => ({
    ...NO_FACTS,
    treats: treated.map((patient) => ({ patient })),
    consents,
  });
  const factsOf = (_subject: Subject, { about }: { readonly about: FactsAbout }): Promise<Facts> => {
    asked.push(about);
    if (isOver) return Promise.reject(new Unauthorized());
    const all = known();
    if (about === 'everybody') return Promise.resolve(all);
    if (about === 'relations') return Promise.resolve({ ...all, consents: [] });
    const ids = about === 'nobody' ? [] : about;
    const of = <T extends { readonly patient: string }>(list: readonly T[]): T[] =>
      list.filter(({ patient }) => ids.includes(patient));
    return Promise.resolve({ ...NO_FACTS, about: ids, treats: of(all.treats), consents: of(all.consents) });
  };
  beforeEach(async () => {
    [consents, treated, asked, isOver] = [[], [], [], false];
    fhir = await startFhir({ port: accessPort(undefined as never, { factsOf }) });
  });
  afterEach(() => {
    fhir.stop();
  });
  const as = (
    token: string,
    path: string,
    { headers, ...init }: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
  ): Promise<Answer> =>
    fhir.ask(path, { ...init, headers: { ...headers, authorization: `Bearer ${token}` } });
  const create = (token: string, resource: object, headers: Record<string, string> = {}): Promise<Answer> =>
    as(token, '/Appointment', { method: 'POST', body: JSON.stringify(resource), headers });

  it('are asked for once, about the patients of what was loaded', async () => {
    fhir.appointments.put(appointmentOf('v', 'a'));
    expect((await as('lab', '/Appointment/v')).status).toBe(200);
    expect((await as('lab', '/Appointment/v/_history/1')).status).toBe(200);
    expect((await as('lab', '/Appointment/v/_history')).status).toBe(200);
    expect((await as('drew', '/Appointment/v')).status).toBe(404);
    expect((await as('desk', '/Appointment/v')).status).toBe(200);
    expect(asked).toEqual([['a'], ['a'], ['a'], ['a'], 'nobody']);
  });

  it('are asked for about nobody where nothing is there: whether the token is good', async () => {
    const paths = ['/Appointment/none', '/Appointment/none/_history', '/Appointment/none/_history/1'];
    for (const path of paths) expect((await as('lab', path)).status).toBe(404);
    const change = {
      method: 'PUT',
      body: JSON.stringify(appointmentOf('none', 'a')),
      headers: { 'if-match': 'W/"1"' },
    };
    expect((await as('lab', '/Appointment/none', change)).status).toBe(404);
    expect(asked).toEqual([[], [], [], []]);
    isOver = true;
    for (const path of [...paths, '/Appointment', '/Appointment?patient=a'])
      expect((await as('lab', path)).status).toBe(401);
    expect((await as('lab', '/Appointment/none', change)).status).toBe(401);
    expect((await create('lab', appointmentOf('x', 'a'))).status).toBe(401);
    isOver = false;
    expect(idsOf(await as('desk', '/Appointment'))).toEqual([]);
  });

  it('of patients who are named are asked for before a search, which is exact then', async () => {
    for (const patient of ['a', 'b']) fhir.appointments.put(appointmentOf(`v${patient}`, patient));
    consents = [deny('b')];
    const both = await as('lab', '/Appointment?patient=a,Patient/b&_total=accurate');
    expect([idsOf(both), both.body['total']]).toEqual([['va'], 1]);
    expect((await as('lab', '/Appointment?patient=b&_summary=count')).body['total']).toBe(0);
    // The resources that were found are decided by the same question, which is not asked again within 50 ms.
    expect(asked).toEqual([['a', 'b'], ['a', 'b'], ['b'], ['b']]);
  });

  it('that consents may change leave a search without a total, and count nothing', async () => {
    for (const patient of ['a', 'b']) fhir.appointments.put(appointmentOf(`v${patient}`, patient));
    [consents, treated] = [[deny('b')], ['a', 'b']];
    for (const token of ['lab', 'drew']) {
      const found = await as(token, '/Appointment?_total=accurate');
      expect([idsOf(found), found.body['total']]).toEqual([['va'], undefined]);
      expect((await as(token, '/Appointment?_summary=count')).status).toBe(422);
      expect((await as(token, '/Appointment?_count=0')).status).toBe(422);
    }
    expect((await as('desk', '/Appointment?_summary=count')).body['total']).toBe(2);
  });

  it('of patients are not asked for where nobody’s matter: of one’s own visits', async () => {
    const own = appointmentOf('v', 'a');
    fhir.appointments.put({ ...own, participant: [...(own['participant'] as object[]), DREW] });
    consents = [deny('a')];
    expect((await as('drew', '/Appointment/v')).status).toBe(200);
    const mine = await as('drew', '/Appointment?practitioner=drew&_total=accurate');
    expect([idsOf(mine), mine.body['total']]).toEqual([['v'], 1]);
    expect(asked).toEqual([[], [], []]);
    expect((await as('drew', '/Appointment?practitioner=drew,d1&_summary=count')).status).toBe(422);
    expect(idsOf(await as('drew', '/Appointment?practitioner=d1'))).toEqual(['v']);
  });

  it('take the refused ones from a page, which the next ones fill; after five looks it is short and goes on', async () => {
    const ids = Array.from({ length: 40 }, (_, at) => `p${String(at).padStart(2, '0')}`);
    for (const id of ids) fhir.appointments.put(appointmentOf(`v-${id}`, id));
    consents = ids.slice(0, 3).map((id) => deny(id));
    const page = await as('lab', '/Appointment?_count=5');
    expect(idsOf(page)).toEqual(ids.slice(3, 8).map((id) => `v-${id}`));
    expect(asked.length).toBeLessThanOrEqual(3);
    consents = ids.slice(0, 30).map((id) => deny(id));
    const none = await as('lab', '/Appointment?_count=5');
    // It goes on after a record that nobody here may know of: a cursor would name it.
    expect([idsOf(none), JSON.stringify(none.body['link'])]).toEqual([
      [],
      expect.stringMatching(/"next","url":"[^"?]*\?_page=[\w-]+"/),
    ]);
    expect(await all('lab', '/Appointment?_count=5')).toEqual(ids.slice(30).map((id) => `v-${id}`));
  });

  /** All pages of a search. */
  async function all(token: string, path: string, between: () => void = () => undefined): Promise<string[]> {
    const found: string[] = [];
    let next: string | undefined = path;
    while (next !== undefined) {
      const answer = await as(token, next);
      expect(answer.status).toBe(200);
      found.push(...idsOf(answer));
      const links = answer.body['link'] as { relation: string; url: string }[];
      const url = links.find(({ relation }) => relation === 'next')?.url;
      next =
        url === undefined ? undefined : new URL(url).pathname.replace('/fhir/R4', '') + new URL(url).search;
      between();
    }
    return found;
  }

  it('give by all pages what each resource is decided to be, whatever changes between them', async () => {
    const patients = Array.from({ length: 12 }, (_, at) => `p${String(at)}`);
    for (const patient of patients)
      for (const n of [1, 2, 3]) fhir.appointments.put(appointmentOf(`${patient}-${String(n)}`, patient));
    const rules = fc
      .subarray(patients)
      .chain((denied) =>
        fc.constant(denied.map((id, at) => deny(id, at % 2 === 0 ? {} : { recipients: ['practitioner'] }))),
      );
    const asking = fc.record({
      who: fc.constantFrom(lab, drew),
      count: fc.integer({ min: 1, max: 20 }),
      treats: fc.subarray(patients),
      before: rules,
      after: rules,
    });
    await fc.assert(
      fc.asyncProperty(asking, async ({ who, count, treats, before, after }) => {
        treated = treats;
        const allowedBy = (said: readonly ConsentRule[]): string[] => {
          consents = said;
          return patients.flatMap((patient) =>
            [1, 2, 3].flatMap((n) => {
              const id = `${patient}-${String(n)}`;
              const attributes = appointmentAttributes(appointmentOf(id, patient));
              const circumstances = {
                purpose: who.role === 'app' ? 'HOPERAT' : 'TREAT',
                facts: known(),
                now: new Date(),
              } as const;
              const { effect } = decide(who, 'search', { type: 'Appointment', attributes }, circumstances);
              return effect === 'allow' ? [id] : [];
            }),
          );
        };
        const [one, other] = [allowedBy(before), allowedBy(after)];
        consents = before;
        const path = `/Appointment?_count=${String(count)}`;
        expect((await all(who.id, path)).sort()).toEqual(one.sort());
        let isAfter = false;
        const changing = await all(who.id, path, () => {
          isAfter = !isAfter;
          consents = isAfter ? after : before;
        });
        expect(new Set(changing).size).toBe(changing.length);
        expect(changing).toEqual(expect.arrayContaining(one.filter((id) => other.includes(id))));
        expect([...one, ...other]).toEqual(expect.arrayContaining(changing));
      }),
      { numRuns: 60 },
    );
  });

  it('hide what is included, and what refers to a match, as a read of it would', async () => {
    for (const patient of ['a', 'b']) {
      fhir.patients.put(patientOf(patient));
      fhir.appointments.put(appointmentOf(`v${patient}`, patient));
    }
    consents = [deny('a', { dataClasses: ['Patient'] }), deny('b', { dataClasses: ['Appointment'] })];
    expect(idsOf(await as('lab', '/Appointment?_include=Appointment:patient'))).toEqual(['va']);
    expect(idsOf(await as('lab', '/Patient?_revinclude=Appointment:patient'))).toEqual(['b']);
    consents = [];
    expect(idsOf(await as('lab', '/Patient?_revinclude=Appointment:patient'))).toEqual([
      'a',
      'b',
      'va',
      'vb',
    ]);
  });

  it('let a conditional create find what a search finds, and nothing else', async () => {
    fhir.appointments.put(appointmentOf('hidden', 'b'));
    fhir.appointments.put(appointmentOf('seen', 'c'));
    consents = [deny('b')];
    const condition = { 'if-none-exist': 'status=booked' };
    const found = await create('lab', appointmentOf('x', 'a'), condition);
    expect([found.status, found.body['id']]).toEqual([200, 'seen']);
    expect(fhir.audit.entries.map(({ patient }) => patient)).toEqual(['c']);
    const named = await create('lab', appointmentOf('x', 'a'), { 'if-none-exist': 'patient=b' });
    expect([named.status, named.body['id'] === 'hidden']).toEqual([201, false]);
    consents = [];
    const before = fhir.audit.entries.length;
    expect((await create('lab', appointmentOf('x', 'a'), condition)).status).toBe(412);
    // What was only looked at is no access.
    expect(fhir.audit.entries.slice(before)).toEqual([expect.objectContaining({ outcome: 'failed' })]);
  });
});
