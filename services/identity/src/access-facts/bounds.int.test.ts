import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { decide, NO_FACTS, PURPOSES } from '@careplane/access';
import type { ConsentRule, Facts, Subject } from '@careplane/access';
import { FACTS_PATH } from '@careplane/kit';
import fc from 'fast-check';
import type { Document } from 'mongodb';
import type { Counter } from 'prom-client';
import { startAccessGround } from '../../test/access.ts';
import type { AccessGround } from '../../test/access.ts';
import { MOST_ACTIVE, saidBy } from '../consents/consents.ts';
import { CONSENT_COLLECTION } from '../consents/collection.ts';
import { MERGES } from '../persons/person-record.ts';
import { ownFacts } from './access-parts.ts';
import { MOST_FACTS, TooManyFacts } from './bounds.ts';
import { factsNow, ownerOf } from './facts.ts';

jest.setTimeout(120_000);

const PATIENTS = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5'];
const doctor: Subject = {
  id: 'account-doc',
  role: 'practitioner',
  person: { type: 'Practitioner', id: 'doc' },
  client: 'web',
  scopes: ['user/*.cruds'],
  purposes: PURPOSES,
};
const lab: Subject = {
  id: 'lab',
  role: 'app',
  client: 'lab',
  scopes: ['system/*.cruds'],
  purposes: PURPOSES,
};

const { signal } = new AbortController();

const rule = (over: Partial<ConsentRule> = {}): ConsentRule => ({
  patient: 'p0',
  type: 'deny',
  recipients: [],
  purposes: [],
  dataClasses: [],
  ...over,
});
const consent = (patientId: string, rules: readonly ConsentRule[], status = 'active'): Document => ({
  _id: randomUUID(),
  patientId,
  facts: { status, scope: 'patient-privacy', categories: [], rules },
});

describe('facts of a question', () => {
  let ground: AccessGround;
  beforeAll(async () => {
    ground = await startAccessGround();
  });
  afterAll(() => ground.stop());
  const put = async (collection: string, documents: readonly Document[]): Promise<void> => {
    if (documents.length > 0) await ground.db.collection(collection).insertMany([...documents]);
  };
  const kept = [CONSENT_COLLECTION, 'treatment_visits', 'care_teams', 'emergencies', MERGES];
  beforeEach(async () => {
    for (const name of kept) await ground.db.collection(name).deleteMany({});
  });
  const factsOf = async (subject: Subject, patients?: readonly string[]): Promise<Facts> => {
    const owner = ownerOf(subject);
    return owner ? factsNow(ground.facts, owner, { patients }) : NO_FACTS;
  };

  const refusedOf = async (role: string): Promise<number | undefined> => {
    const { values } = await (ground.facts.refused as Counter<'role'>).get();
    return values.find(({ labels }) => labels.role === role)?.value;
  };

  it('decide about each patient as all facts do, whatever is related, merged and consented to', async () => {
    const patient = fc.constantFrom(...PATIENTS);
    const soon = new Date(Date.now() + 3_600_000);
    const rules = fc.array(
      fc.record({
        patient,
        type: fc.constantFrom('permit' as const, 'deny' as const),
        recipients: fc.subarray([
          'Practitioner/doc',
          'Practitioner/x',
          'Device/lab',
          'app',
          'practitioner',
          'Patient/p1',
        ]),
        purposes: fc.subarray(['TREAT', 'HRESCH', 'BTG'] as const),
        dataClasses: fc.subarray(['PSY', 'Observation']),
      }),
      { maxLength: 12 },
    );
    const clinic = fc.record({
      rules,
      visited: fc.subarray(PATIENTS),
      assigned: fc.subarray(PATIENTS),
      opened: fc.subarray(PATIENTS),
      merges: fc.subarray([
        { source: 'p0', target: 'p1' },
        { source: 'p1', target: 'p2' },
        { source: 'p3', target: 'p4' },
      ]),
    });
    await fc.assert(
      fc.asyncProperty(clinic, async ({ rules: said, visited, assigned, opened, merges }) => {
        for (const name of kept) await ground.db.collection(name).deleteMany({});
        await put(
          CONSENT_COLLECTION,
          said.map((one) => consent(one.patient, [one])),
        );
        const times = { from: new Date(0), until: soon };
        await put(
          'treatment_visits',
          visited.map((patientId) => ({
            _id: patientId as never,
            patientId,
            practitionerId: 'doc',
            ...times,
          })),
        );
        const members = [{ practitioner: 'doc', until: soon.toISOString() }];
        await put(
          'care_teams',
          assigned.map((patientId) => ({
            _id: patientId as never,
            patientId,
            facts: { status: 'active', members },
          })),
        );
        await put(
          'emergencies',
          opened.map((patientId) => ({
            patientId,
            practitionerId: 'doc',
            openedAt: new Date(0),
            until: soon,
          })),
        );
        await put(
          MERGES,
          merges.map((one) => ({ ...one, open: true })),
        );
        for (const subject of [doctor, lab]) {
          const all = await factsOf(subject);
          // All facts of a practitioner lack the consents of whom they do not treat, which count where a resource is about several.
          const ideal = {
            ...all,
            merged: await ground.facts.persons.merges.recordsOf(PATIENTS),
            consents: (await saidBy(ground.facts.consents, PATIENTS)).rules,
          };
          for (const asked of [[], ...PATIENTS.map((id) => [id]), ['p0', 'p3']]) {
            const some = await factsOf(subject, asked);
            expect(some.about).toEqual(expect.arrayContaining(asked));
            expect(decisionsOf(subject, asked, some)).toEqual(decisionsOf(subject, asked, ideal));
            if (asked.length > 1) continue;
            expect(decisionsOf(subject, asked, some)).toEqual(decisionsOf(subject, asked, all));
          }
        }
      }),
      { numRuns: 25 },
    );
  });

  it('are no more for a thousand patients with rules of their own, and all are refused beyond a bound', async () => {
    const many = Array.from({ length: 1_000 }, (_, at) =>
      consent(`q${String(at)}`, [rule({ patient: `q${String(at)}` })]),
    );
    await put(CONSENT_COLLECTION, [...many, consent('p0', [rule()])]);
    expect((await factsOf(lab)).consents).toHaveLength(1_001);
    expect((await factsOf(lab, ['p0'])).consents).toEqual([rule()]);
    await put(CONSENT_COLLECTION, [
      consent('p1', Array<ConsentRule>(MOST_FACTS - 1_001).fill(rule({ patient: 'p1' }))),
    ]);
    expect((await factsOf(lab)).consents).toHaveLength(MOST_FACTS);
    await put(CONSENT_COLLECTION, [consent('p2', [rule({ patient: 'p2' })])]);
    const answer = await fetch(`${ground.identity}${FACTS_PATH}/app/lab`);
    expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([
      422,
      'More than 10000 rules and relations are known of the subject',
    ]);
    expect(await refusedOf('app')).toBe(1);
    expect((await factsOf(lab, ['p0'])).consents).toEqual([rule()]);
  });

  it('of a hundred patients with as many rules as each may have are all there, also when some have several records', async () => {
    const named = Array.from({ length: 100 }, (_, at) => `full${String(at)}`);
    const others = named.slice(0, 5).map((id) => `${id}-former`);
    await put(
      CONSENT_COLLECTION,
      [...named, ...others].map((id) =>
        consent(id, Array<ConsentRule>(MOST_ACTIVE).fill(rule({ patient: id }))),
      ),
    );
    await put(
      MERGES,
      others.map((source, at) => ({ source, target: `full${String(at)}`, open: true })),
    );
    const before = await refusedOf('app');
    const ask = ownFacts(ground.facts);
    const { about = [], consents } = await ask(lab, { signal, about: named });
    expect(new Set(about)).toEqual(new Set([...named, ...others]));
    expect(consents).toHaveLength((named.length + others.length) * MOST_ACTIVE);
    expect(await refusedOf('app')).toBe(before);
  });

  it('that are too many to be decided from are refused with what to do, and only to who asks', async () => {
    await put(
      CONSENT_COLLECTION,
      Array.from({ length: 101 }, (_, at) =>
        consent(`x${String(at)}`, Array<ConsentRule>(MOST_ACTIVE).fill(rule({ patient: `x${String(at)}` }))),
      ),
    );
    const ask = ownFacts(ground.facts);
    await expect(ask(lab, { signal, about: 'everybody' })).rejects.toMatchObject({
      status: 422,
      detail: expect.stringContaining('name the patient'),
    });
    expect((await ask(lab, { signal, about: ['x0'] })).consents).toHaveLength(MOST_ACTIVE);
    expect((await ask(doctor, { signal, about: ['x0'] })).consents).toHaveLength(MOST_ACTIVE);
  });

  it('of who many patients share with are counted by the resources that are shared', async () => {
    const sharing = (resources: number) => (_: unknown, at: number) => ({
      ...consent(`p${String(at)}`, []),
      facts: {
        status: 'active',
        scope: 'patient-privacy',
        categories: ['share'],
        rules: [],
        share: {
          recipients: ['Practitioner/doc'],
          purposes: [],
          resources: Array.from({ length: resources }, (__, i) => `Observation/${String(at)}-${String(i)}`),
          until: '2999-01-01T00:00:00.000Z',
        },
      },
    });
    await put(CONSENT_COLLECTION, Array.from({ length: MOST_FACTS / 100 }, sharing(100)));
    expect((await factsOf(doctor)).shares).toHaveLength(MOST_FACTS / 100);
    await put(CONSENT_COLLECTION, [sharing(1)(undefined, 1_000)]);
    await expect(factsOf(doctor)).rejects.toThrow(TooManyFacts);
    expect((await factsOf(doctor, ['p1000'])).shares).toHaveLength(1);
  });

  it('of more than a hundred patients are refused', async () => {
    const path = (count: number): string =>
      `${ground.identity}${FACTS_PATH}/app/lab?patients=${Array.from({ length: count }, (_, at) => `p${String(at)}`).join(',')}`;
    expect([(await fetch(path(100))).status, (await fetch(path(101))).status]).toEqual([200, 400]);
  });

  it('are found by an index: of an app by recipients, of a practitioner by the patients', async () => {
    await put(
      CONSENT_COLLECTION,
      PATIENTS.map((id) => consent(id, [rule({ patient: id, recipients: ['Practitioner/x'] })])),
    );
    const times = { from: new Date(0), until: new Date(Date.now() + 3_600_000) };
    const visits = Array.from({ length: 500 }, (_, at) => ({
      _id: String(at) as never,
      patientId: `p${String(at)}`,
      practitionerId: 'doc',
      ...times,
    }));
    await put('treatment_visits', visits);
    const profile = ground.db.collection('system.profile');
    await ground.db.command({ profile: 2 });
    await factsOf(lab);
    await factsOf(doctor, ['p0']);
    await ground.db.command({ profile: 0 });
    const plans = await profile
      .find({ op: 'query', ns: /fhir_consents$|treatment_visits$/, 'command.filter': { $exists: true } })
      .project({ ns: 1, planSummary: 1, docsExamined: 1 })
      .toArray();
    expect(
      plans.map(({ planSummary, docsExamined }) => [planSummary as string, docsExamined as number]),
    ).toEqual(
      expect.arrayContaining([
        [expect.stringContaining('facts.rules.recipients'), 0],
        [expect.stringContaining('patientId: 1, until: 1'), 1],
      ]),
    );
  });
});

function decisionsOf(subject: Subject, asked: readonly string[], facts: Facts): unknown[][] {
  const now = new Date();
  return ['Observation', 'Patient', 'Consent', 'Appointment'].flatMap((type) =>
    (['read', 'search', 'update'] as const).flatMap((action) =>
      (['TREAT', 'HOPERAT', 'HRESCH', 'BTG'] as const).flatMap((purpose) =>
        [[], ['PSY']].map((dataClass) => {
          const attributes = { patient: asked, dataClass };
          const decision = decide(subject, action, { type, attributes }, { purpose, facts, now });
          return [type, action, purpose, dataClass, decision.effect, 'reason' in decision && decision.reason];
        }),
      ),
    ),
  );
}
