import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PURPOSES } from './action.ts';
import { satisfies } from './attributes.ts';
import type { Attributes } from './attributes.ts';
import { consentConstraint, shareConstraint } from './consent.ts';
import type { ConsentQuestion } from './consent.ts';
import type { ConsentRule, Share } from './facts.ts';
import type { Subject } from './subject.ts';

const now = new Date('2027-03-12T10:00:00Z');
const doctor: Subject = {
  id: 'a1',
  role: 'practitioner',
  person: { type: 'Practitioner', id: 'd1' },
  client: 'web',
  scopes: [],
};
const lab: Subject = { id: 'lab', role: 'app', client: 'lab', scopes: [] };

const rule = (type: 'permit' | 'deny', more: Partial<ConsentRule> = {}): ConsentRule => ({
  patient: 'p1',
  type,
  recipients: [],
  purposes: [],
  dataClasses: [],
  ...more,
});

/** Whether a resource may be seen, with these rules. */
function sees(
  rules: ConsentRule[],
  question: Partial<ConsentQuestion> = {},
  attributes: Attributes = { patient: ['p1'] },
): boolean {
  const constraint = consentConstraint({
    rules,
    subject: doctor,
    organizations: ['o1'],
    purpose: 'TREAT',
    type: 'Observation',
    now,
    ...question,
  });
  return satisfies(constraint, attributes);
}

describe('a share', () => {
  const share: Share = {
    patient: 'p1',
    recipients: ['Practitioner/d1'],
    purposes: [],
    resources: ['Observation/shown'],
    until: '2027-04-01T00:00:00Z',
  };
  const shows = (rules: ConsentRule[], resources = share.resources, attributes: Attributes = {}): boolean =>
    satisfies(
      shareConstraint(
        { ...share, resources },
        { rules, subject: doctor, organizations: [], purpose: 'TREAT', type: 'Observation', now },
      ),
      { patient: ['p1'], id: ['shown'], ...attributes },
    );
  const labelled = { dataClass: ['PSY'] };
  const psychiatric = rule('deny', { dataClasses: ['PSY'] });

  it('of one resource counts against denials that are wider', () => {
    expect(shows([])).toBe(true);
    expect(shows([rule('deny'), rule('deny', { recipients: ['Practitioner/d1'] })])).toBe(true);
    expect(shows([psychiatric], share.resources, labelled)).toBe(true);
    expect(shows([rule('deny', { purposes: ['TREAT'] })])).toBe(false);
    expect(shows([], share.resources, { id: ['other'] })).toBe(false);
    expect(shows([], share.resources, { patient: ['p2'] })).toBe(false);
  });

  it('of a type leaves a label denied, and who was denied by name', () => {
    const all = ['Observation'];
    expect(shows([rule('deny')], all)).toBe(true);
    expect(shows([psychiatric], all)).toBe(true);
    expect(shows([psychiatric], all, labelled)).toBe(false);
    expect(shows([rule('deny', { recipients: ['Practitioner/d1'] })], all)).toBe(false);
    expect(shows([], ['Condition'])).toBe(false);
  });
});

describe('consents', () => {
  it('that deny an app hold while a person uses it', () => {
    const denied = [rule('deny', { recipients: ['Device/web'] })];
    expect(sees(denied)).toBe(false);
    expect(sees(denied, { subject: { ...doctor, client: 'other' } })).toBe(true);
  });

  it('are not needed for care, and are for uses beyond it', () => {
    expect([sees([]), sees([], { purpose: 'HPAYMT' })]).toEqual([true, true]);
    expect([sees([], { purpose: 'HRESCH' }), sees([], { purpose: 'PUBHLTH' })]).toEqual([false, false]);
    expect(sees([rule('permit')], { purpose: 'HRESCH' })).toBe(true);
    expect(sees([rule('permit')], { purpose: 'HRESCH' }, { patient: ['p1', 'p2'] })).toBe(false);
    expect(sees([rule('permit')], { purpose: 'HRESCH' }, {})).toBe(false);
  });

  it('hide what is about a patient who denies, and about nobody else', () => {
    expect(sees([rule('deny')])).toBe(false);
    expect(sees([rule('deny')], {}, { patient: ['p2'] })).toBe(true);
    expect(sees([rule('deny')], {}, { patient: ['p2', 'p1'] })).toBe(false);
    expect(sees([rule('deny')], {}, {})).toBe(true);
  });

  it.each<[string, ConsentRule[], boolean]>([
    ['opt in, nobody permitted', [rule('deny')], false],
    ['opt in, this one permitted', [rule('deny'), rule('permit', { recipients: ['Practitioner/d1'] })], true],
    ['opt in, another permitted', [rule('deny'), rule('permit', { recipients: ['Practitioner/d2'] })], false],
    ['opt out, this one denied', [rule('permit'), rule('deny', { recipients: ['Practitioner/d1'] })], false],
    ['opt out, another denied', [rule('permit'), rule('deny', { recipients: ['Practitioner/d2'] })], true],
    ['a tie', [rule('permit'), rule('deny')], false],
    [
      'a person before a role',
      [rule('deny', { recipients: ['practitioner'] }), rule('permit', { recipients: ['Practitioner/d1'] })],
      true,
    ],
    [
      'a role not before a person',
      [rule('deny', { recipients: ['Practitioner/d1'] }), rule('permit', { recipients: ['practitioner'] })],
      false,
    ],
    [
      'an organization before a role',
      [rule('deny', { recipients: ['practitioner'] }), rule('permit', { recipients: ['Organization/o1'] })],
      true,
    ],
    [
      'an organization not before a person',
      [
        rule('deny', { recipients: ['Practitioner/d1'] }),
        rule('permit', { recipients: ['Organization/o1'] }),
      ],
      false,
    ],
    ['another organization', [rule('deny'), rule('permit', { recipients: ['Organization/o2'] })], false],
    ['another role', [rule('deny'), rule('permit', { recipients: ['app'] })], false],
    ['another type of the same id', [rule('deny'), rule('permit', { recipients: ['Patient/d1'] })], false],
    ['an app of the same name', [rule('deny'), rule('permit', { recipients: ['Device/web'] })], false],
    [
      'narrower in one condition and wider in another',
      [rule('deny', { dataClasses: ['Observation'] }), rule('permit', { recipients: ['Practitioner/d1'] })],
      false,
    ],
    [
      'narrower in both',
      [
        rule('deny', { dataClasses: ['Observation'] }),
        rule('permit', { recipients: ['Practitioner/d1'], dataClasses: ['Observation'] }),
      ],
      true,
    ],
    [
      'a deny within a permit within a deny',
      [
        rule('deny'),
        rule('permit', { recipients: ['practitioner'] }),
        rule('deny', { recipients: ['Practitioner/d1'] }),
      ],
      false,
    ],
    ['a purpose before none', [rule('deny'), rule('permit', { purposes: ['TREAT'] })], true],
    ['none not before a purpose', [rule('permit'), rule('deny', { purposes: ['TREAT'] })], false],
    ['another purpose', [rule('deny', { purposes: ['HPAYMT'] })], true],
    ['another class', [rule('deny', { dataClasses: ['Condition'] })], true],
    ['one of several classes', [rule('deny', { dataClasses: ['Condition', 'Observation'] })], false],
  ])('of which the narrowest counts, and of others a deny: %s', (_, rules, expected) => {
    expect(sees(rules)).toBe(expected);
    expect(sees(rules.toReversed())).toBe(expected);
  });

  it('name an app as a device, and no person by it', () => {
    const rules = [rule('deny'), rule('permit', { recipients: ['Device/lab'] })];
    expect([sees(rules, { subject: lab }), sees(rules)]).toEqual([true, false]);
  });

  it('hold within their period; a deny whose period cannot be read holds, a permit does not', () => {
    const ended = { until: now.toISOString() };
    const begun = { from: now.toISOString() };
    expect([sees([rule('deny', ended)]), sees([rule('deny', begun)])]).toEqual([true, false]);
    expect(sees([rule('deny', { until: 'x' })])).toBe(false);
    expect(sees([rule('permit', { until: 'x' })], { purpose: 'HRESCH' })).toBe(false);
  });

  it('of a class hide what has that class; what has several needs a permission for each', () => {
    const labelled = (...dataClass: string[]): Attributes => ({ patient: ['p1'], dataClass });
    const deny = [rule('deny', { dataClasses: ['PSY'] })];
    const seen = [{ patient: ['p1'] }, labelled('HIV'), labelled('PSY'), labelled('HIV', 'PSY')];
    expect(seen.map((attributes) => sees(deny, {}, attributes))).toEqual([true, true, false, false]);
    const permit = [rule('deny'), rule('permit', { dataClasses: ['PSY'] })];
    expect(seen.map((attributes) => sees(permit, {}, attributes))).toEqual([false, false, true, false]);
  });

  describe('of any kind', () => {
    const some = <T>(...values: T[]): fc.Arbitrary<T[]> => fc.subarray(values, { maxLength: 2 });
    const rules = fc.array(
      fc.record({
        patient: fc.constantFrom('p1', 'p2'),
        type: fc.constantFrom('permit' as const, 'deny' as const),
        recipients: some('Practitioner/d1', 'Organization/o1', 'practitioner', 'app', 'Device/lab'),
        purposes: some(...PURPOSES),
        dataClasses: some('PSY', 'HIV', 'Observation', 'Condition'),
        from: fc.constantFrom('2027-03-12T09:59:59Z', '2027-03-12T10:00:01Z'),
      }),
      { maxLength: 6 },
    );
    const attributes = fc.record({
      patient: fc.subarray(['p1', 'p2', 'p3']),
      dataClass: fc.subarray(['PSY', 'HIV', 'ETH']),
    });
    const question = fc.record({
      subject: fc.constantFrom(doctor, lab),
      purpose: fc.constantFrom(...PURPOSES),
    });

    it('say of one resource what they say of all', () => {
      fc.assert(
        fc.property(rules, question, attributes, (some_, asked, resource) => {
          expect(sees(some_, asked, resource)).toBe(expected(some_, asked, resource));
        }),
        { numRuns: 500 },
      );
    });

    it('never widen by one more deny, nor narrow by one more permit', () => {
      fc.assert(
        fc.property(rules, rules, question, attributes, (some_, more, asked, resource) => {
          const before = sees(some_, asked, resource);
          const with_ = (type: 'permit' | 'deny'): boolean =>
            sees([...some_, ...more.map((one) => ({ ...one, type }))], asked, resource);
          if (!before) expect(with_('deny')).toBe(false);
          if (before) expect(with_('permit')).toBe(true);
        }),
        { numRuns: 500 },
      );
    });
  });
});

/** The same in other words: each patient of the resource, each of its classes, by looking for a deny that no permit overrules. */
function expected(
  rules: ConsentRule[],
  { subject, purpose }: { subject: Subject; purpose: ConsentRule['purposes'][number] },
  { patient = [], dataClass = [] }: Attributes,
): boolean {
  const needsYes = purpose === 'HRESCH' || purpose === 'PUBHLTH';
  if (needsYes && patient.length === 0) return false;
  const rank = ({ recipients }: ConsentRule): number => {
    if (recipients.length === 0) return 0;
    if (recipients.includes(subject === doctor ? 'Practitioner/d1' : 'Device/lab')) return 3;
    if (recipients.includes('Organization/o1')) return 2;
    return recipients.includes(subject.role) ? 1 : -1;
  };
  const allows = (who: string, label: string | undefined): boolean => {
    const about = rules.filter(
      (one) =>
        one.patient === who &&
        rank(one) >= 0 &&
        (one.purposes.length === 0 || one.purposes.includes(purpose)) &&
        (one.dataClasses.length === 0 ||
          one.dataClasses.includes('Observation') ||
          (label !== undefined && one.dataClasses.includes(label))) &&
        Date.parse(one.from ?? '') <= now.getTime(),
    );
    const shape = (one: ConsentRule): number[] => [
      rank(one),
      one.purposes.length > 0 ? 1 : 0,
      one.dataClasses.length > 0 ? 1 : 0,
    ];
    const overrules = (one: ConsentRule, other: ConsentRule): boolean => {
      const [a, b] = [shape(one), shape(other)];
      return String(a) !== String(b) && a.every((degree, at) => degree >= (b[at] ?? 0));
    };
    const permits = about.filter((one) => one.type === 'permit');
    if (about.some((one) => one.type === 'deny' && !permits.some((yes) => overrules(yes, one)))) return false;
    return permits.length > 0 || !needsYes;
  };
  return patient.every((who) =>
    (dataClass.length === 0 ? [undefined] : dataClass).every((one) => allows(who, one)),
  );
}
