import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PURPOSES } from './action.ts';
import type { Action } from './action.ts';
import { satisfies } from './attributes.ts';
import type { Attributes } from './attributes.ts';
import { decide, outline } from './decide.ts';
import { NO_FACTS } from './facts.ts';
import type { ConsentRule, Facts, Relation, Share } from './facts.ts';
import { ann, doctor, lab, now, staff } from './fixtures/subjects.ts';
import { mayWithOwn, RULES } from './rules.ts';
import type { Subject } from './subject.ts';

const RECORDS = ['ann', 'ann-2', 'bob', 'bob-2', 'eve'];

const some = <T>(...values: T[]): fc.Arbitrary<T[]> => fc.subarray(values);
const patient = fc.constantFrom(...RECORDS);
const time = fc.option(fc.constantFrom('2027-03-12T09:59:59.999Z', '2027-03-12T10:00:00.001Z'), {
  nil: undefined,
});
const relations = fc.array(fc.record({ patient, from: time, until: time }), { maxLength: 4 });
const consents = fc.array(
  fc.record({
    patient,
    type: fc.constantFrom('permit', 'deny'),
    recipients: some('Practitioner/doc', 'practitioner', 'Organization/ward', 'Device/lab', 'app'),
    purposes: some('TREAT', 'BTG', 'HRESCH'),
    dataClasses: some('PSY', 'Observation'),
    until: time,
  }),
  { maxLength: 6 },
) as fc.Arbitrary<ConsentRule[]>;

const shares = fc.array(
  fc.record({
    patient,
    recipients: some('Practitioner/doc', 'Organization/ward', 'Patient/ann'),
    purposes: some('TREAT', 'HRESCH'),
    resources: some('Observation/shown', 'Condition'),
    from: time,
    until: fc.constantFrom('2027-03-12T09:59:59.999Z', '2027-03-12T10:00:00.001Z'),
  }),
  { maxLength: 3 },
) as fc.Arbitrary<Share[]>;

/** Everything that is known in a clinic: of each human all records or some that nobody has merged. */
const everything = fc
  .record({
    treats: relations,
    breakGlass: relations,
    consents,
    shares,
    organizations: some('ward'),
    merged: some(['ann', 'ann-2'], ['bob', 'bob-2']),
  })
  .map((known) => ({ ...NO_FACTS, ...known }) as Facts);

/** What is known of these patients alone. */
function about(all: Facts, patients: readonly string[]): Facts {
  const merged = (all.merged ?? []).filter((records) => records.some((id) => patients.includes(id)));
  const known = [...patients, ...merged.flat()];
  const of = <T extends Relation | ConsentRule | Share>(list: readonly T[]): T[] =>
    list.filter((one) => known.includes(one.patient));
  return {
    ...all,
    about: known,
    merged,
    treats: of(all.treats),
    breakGlass: of(all.breakGlass),
    consents: of(all.consents),
    shares: of(all.shares ?? []),
  };
}

const asked = fc.record({
  subject: fc
    .record({
      who: fc.constantFrom(doctor, lab, staff('frontdesk')),
      scopes: some('user/*.cruds', 'system/*.cruds', 'patient/*.cruds', 'user/Observation.rs?category=lab'),
      patient: fc.option(patient, { nil: undefined }),
    })
    .map(({ who, scopes, patient: launch }): Subject => ({
      ...who,
      scopes,
      ...(launch === undefined ? {} : { patient: launch }),
    })),
  action: fc.constantFrom<Action[]>(
    'read',
    'history',
    'search',
    'create',
    'update',
    'export',
    '$everything',
    '$book',
  ),
  type: fc.constantFrom(...Object.keys(RULES)),
  purpose: fc.constantFrom(...PURPOSES),
  facts: everything,
});
const attributes: fc.Arbitrary<Attributes> = fc.record({
  id: some('shown'),
  patient: some(...RECORDS),
  practitioner: some('doc', 'other'),
  category: some('lab'),
  dataClass: some('PSY'),
});

describe('facts about some patients', () => {
  const decideBy = (
    { subject, action, type, purpose }: Omit<AskedOf, 'facts'>,
    facts: Facts,
    resource?: Attributes,
  ): ReturnType<typeof decide> =>
    decide(subject, action, { type, ...(resource ? { attributes: resource } : {}) }, { purpose, facts, now });
  type AskedOf = typeof asked extends fc.Arbitrary<infer T> ? T : never;

  it('decide about their resources as all facts do, with the same reason', () => {
    fc.assert(
      fc.property(asked, attributes, (one, resource) => {
        const all = decideBy(one, one.facts, resource);
        const scoped = decideBy(one, about(one.facts, resource.patient ?? []), resource);
        expect([scoped.effect, 'reason' in scoped && scoped.reason]).toEqual([
          all.effect,
          'reason' in all && all.reason,
        ]);
      }),
      { numRuns: 5_000 },
    );
  });

  it('allow of all resources no more than all facts do, and of those about these patients as much', () => {
    fc.assert(
      fc.property(asked, attributes, some(...RECORDS), (one, resource, patients) => {
        const facts = about(one.facts, patients);
        const scoped = decideBy(one, facts);
        const within = scoped.effect === 'allow' && satisfies(scoped.constraint, resource);
        const all = decideBy(one, one.facts, resource).effect === 'allow';
        const isKnown = (resource.patient ?? []).every((id) => facts.about?.includes(id));
        if (isKnown) expect(within).toBe(all);
        else if (within) expect(all).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  it('that are none leave what needs none', () => {
    const resource = { patient: ['ann'], practitioner: ['doc'] };
    const read = (facts: Facts): string =>
      decide(doctor, 'read', { type: 'Appointment', attributes: resource }, { purpose: 'TREAT', facts, now })
        .effect;
    expect(read({ ...NO_FACTS, about: [] })).toBe('allow');
    expect(
      decide(
        lab,
        'read',
        { type: 'Observation', attributes: resource },
        {
          purpose: 'HOPERAT',
          facts: { ...NO_FACTS, about: [] },
          now,
        },
      ).effect,
    ).toBe('deny');
  });
});

describe('what a practitioner may do with all that is their own', () => {
  it('is allowed whatever is known of its patients, and all of it', () => {
    fc.assert(
      fc.property(asked, attributes, (one, { patient: of = [], ...resource }) => {
        const own = { ...resource, patient: of, practitioner: ['doc'] };
        const circumstances = { purpose: one.purpose, facts: one.facts, now };
        const unknown = { ...circumstances, facts: { ...NO_FACTS, about: [] } };
        const { subject, action, type } = one;
        if (!mayWithOwn(subject, action, type)) return;
        const all = decide(subject, action, { type }, unknown);
        const within = all.effect === 'allow' && satisfies(all.constraint, own);
        expect(within).toBe(
          decide(subject, action, { type, attributes: own }, circumstances).effect === 'allow',
        );
      }),
      { numRuns: 5_000 },
    );
  });

  it('is nothing for others, nor within a launch for one patient', () => {
    expect(mayWithOwn(doctor, 'search', 'Appointment')).toBe(true);
    expect(mayWithOwn({ ...doctor, patient: 'ann' }, 'search', 'Appointment')).toBe(false);
    for (const [subject, type] of [
      [doctor, 'Observation'],
      [doctor, 'Unknown'],
      [ann, 'Appointment'],
      [lab, 'Appointment'],
    ] as const)
      expect(mayWithOwn(subject, 'search', type)).toBe(false);
  });
});

describe('the outline of a type', () => {
  it('leaves out nothing that is allowed, whatever consents say, and is the decision where it says so', () => {
    const anybody = fc.record({ one: asked, who: fc.constantFrom(undefined, ann) });
    fc.assert(
      fc.property(anybody, attributes, relations, ({ one, who }, resource, actsFor) => {
        const subject = who ? { ...who, scopes: one.subject.scopes } : one.subject;
        const facts = { ...one.facts, actsFor: actsFor as Relation[] };
        const circumstances = { purpose: one.purpose, facts, now };
        const drawn = outline(subject, one.action, one.type, {
          ...circumstances,
          facts: { ...facts, consents: [], organizations: [] },
        });
        const decision = decide(subject, one.action, { type: one.type, attributes: resource }, circumstances);
        const within = drawn.effect === 'allow' && satisfies(drawn.constraint, resource);
        if (decision.effect === 'allow') expect(within).toBe(true);
        if (drawn.effect === 'allow' && drawn.isExact) expect(within).toBe(decision.effect === 'allow');
      }),
      { numRuns: 5_000 },
    );
  });

  it('is refused for what no decision would allow', () => {
    const circumstances = { purpose: 'TREAT', facts: NO_FACTS, now } as const;
    expect(outline(doctor, 'search', 'Unknown', circumstances)).toEqual({
      effect: 'deny',
      reason: 'unknown-type',
    });
    expect(outline(doctor, 'create', 'AuditEvent', circumstances)).toEqual({
      effect: 'deny',
      reason: 'role',
    });
    expect(outline({ ...doctor, scopes: [] }, 'search', 'Patient', circumstances)).toEqual({
      effect: 'deny',
      reason: 'scope',
    });
  });
});
