import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PURPOSES } from './action.ts';
import type { Action } from './action.ts';
import { satisfies } from './attributes.ts';
import type { Attributes } from './attributes.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { NO_FACTS } from './facts.ts';
import type { ConsentRule, Facts } from './facts.ts';
import { ann, doctor, lab, now, staff } from './fixtures/subjects.ts';
import { needsFacts, RULES } from './rules.ts';
import { ROLES } from './subject.ts';
import type { Subject } from './subject.ts';

describe('decisions of any kind', () => {
  const patient = fc.constantFrom('ann', 'bob', 'eve');
  const time = fc.option(
    fc.constantFrom('2027-03-12T09:59:59.999Z', '2027-03-12T10:00:00.000Z', '2027-03-12T10:00:00.001Z'),
    { nil: undefined },
  );
  const relations = fc.array(fc.record({ patient, from: time, until: time }), { maxLength: 3 });
  const some = <T>(...values: T[]): fc.Arbitrary<T[]> => fc.subarray(values);
  const rules = fc.array(
    fc.record({
      patient,
      type: fc.constantFrom('permit' as const, 'deny' as const),
      recipients: some('Practitioner/doc', 'Patient/ann', 'practitioner', 'Device/lab'),
      purposes: some('TREAT' as const, 'BTG' as const, 'PATRQT' as const),
      dataClasses: some('PSY', 'Observation'),
      until: time,
    }),
    { maxLength: 4 },
  ) as fc.Arbitrary<ConsentRule[]>;
  const facts = fc.record({
    actsFor: relations,
    treats: relations,
    breakGlass: relations,
    consents: rules,
  }) as fc.Arbitrary<Facts>;
  const scopes = some(
    'user/*.cruds',
    'system/*.cruds',
    'patient/*.cruds',
    'user/Observation.rs?category=laboratory',
    'patient/Observation.read',
    'user/Appointment.cu',
    'openid',
  );
  const subject = fc
    .record({
      who: fc.constantFrom(ann, doctor, lab, ...ROLES.map(staff)),
      scopes,
      patient: fc.option(patient, { nil: undefined }),
    })
    .map(({ who, patient: launch, ...rest }): Subject => ({
      ...who,
      ...rest,
      ...(launch ? { patient: launch } : {}),
    }));
  const type = fc.constantFrom(...Object.keys(RULES), 'Unknown');
  const action = fc.constantFrom<Action[]>(
    'read',
    'vread',
    'history',
    'search',
    'create',
    'update',
    'delete',
    'export',
    '$everything',
    '$match',
    '$book',
    '$break-glass',
    '$x',
  );
  const attributes = fc.record({
    id: some('1', '2'),
    patient: some('ann', 'bob', 'eve'),
    practitioner: some('doc', 'other'),
    category: some('laboratory', 'vital-signs'),
    dataClass: some('PSY', 'HIV'),
  });
  const purpose = fc.constantFrom(...PURPOSES);
  const asked = fc.record({ subject, action, type, purpose, facts });
  type AskedOf = typeof asked extends fc.Arbitrary<infer T> ? T : never;
  const ask = (one: AskedOf, resource?: Attributes): Decision =>
    decide(
      one.subject,
      one.action,
      { type: one.type, ...(resource ? { attributes: resource } : {}) },
      {
        purpose: one.purpose,
        facts: one.facts,
        now,
      },
    );
  const isAllowed = (one: AskedOf, resource: Attributes): boolean => ask(one, resource).effect === 'allow';

  it('allow one resource if, and only if, it is within what they allow of all', () => {
    fc.assert(
      fc.property(asked, attributes, (one, resource) => {
        const all = ask(one);
        const within = all.effect === 'allow' && satisfies(all.constraint, resource);
        expect(isAllowed(one, resource)).toBe(within);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are not widened by a deny', () => {
    fc.assert(
      fc.property(asked, attributes, rules, (one, resource, more) => {
        const denies = more.map((rule) => ({ ...rule, type: 'deny' as const }));
        const with_ = { ...one, facts: { ...one.facts, consents: [...one.facts.consents, ...denies] } };
        if (isAllowed(with_, resource)) expect(isAllowed(one, resource)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are not widened by any scope beyond what the role may, nor by fewer scopes', () => {
    fc.assert(
      fc.property(asked, attributes, (one, resource) => {
        const widest = { ...one, subject: { ...one.subject, scopes: ['user/*.cruds', 'system/*.cruds'] } };
        if (isAllowed(one, resource)) expect(isAllowed(widest, resource)).toBe(true);
        const fewer = { ...one, subject: { ...one.subject, scopes: one.subject.scopes.slice(1) } };
        if (isAllowed(fewer, resource)) expect(isAllowed(one, resource)).toBe(true);
        const none = { ...one, subject: { ...one.subject, scopes: [] } };
        expect(isAllowed(none, resource)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of an emergency are about reading alone', () => {
    fc.assert(
      fc.property(asked, attributes, (one, resource) => {
        const emergency = { ...one, purpose: 'BTG' as const };
        if (!isAllowed(emergency, resource)) return;
        expect(one.subject.role).toBe('practitioner');
        expect(['read', 'vread', 'history', 'search', '$everything', '$break-glass']).toContain(one.action);
      }),
      { numRuns: 2_000 },
    );
  });

  it('do not depend on facts where none are asked for', () => {
    fc.assert(
      fc.property(asked, attributes, (one, resource) => {
        if (needsFacts(one.subject, one.action, one.type)) return;
        expect(ask(one, resource)).toEqual(ask({ ...one, facts: NO_FACTS }, resource));
      }),
      { numRuns: 1_000 },
    );
  });
});
