import { describe, expect, it } from '@jest/globals';
import type { Consent } from '@careplane/kit';
import type { Invalid } from '@careplane/kit';
import { ROLE_SYSTEM } from './conditions.ts';
import { CATEGORY_SYSTEM, meaningOf } from './meaning.ts';

type Provision = NonNullable<Consent['provision']>;

const consent = (over: Partial<Consent> = {}): Consent => ({
  resourceType: 'Consent',
  status: 'active',
  scope: { coding: [{ code: 'patient-privacy' }] },
  category: [{ coding: [{ system: 'http://loinc.org', code: '59284-0' }] }],
  patient: { reference: 'Patient/p' },
  ...over,
});
const actor = (reference: string): NonNullable<Provision['actor']>[number] => ({
  role: { text: 'who' },
  reference: { reference },
});
const role = (value: string): NonNullable<Provision['actor']>[number] => ({
  role: { text: 'who' },
  reference: { identifier: { system: ROLE_SYSTEM, value } },
});
const category = (code: string): Consent['category'] => [{ coding: [{ system: CATEGORY_SYSTEM, code }] }];
const rulesOf = (over: Partial<Consent>): unknown => meaningOf(consent(over), 'p').rules;
const rule = (over: object): object => ({
  patient: 'p',
  recipients: [],
  purposes: [],
  dataClasses: [],
  ...over,
});
const pathsOf = (over: Partial<Consent>): string[] => {
  try {
    meaningOf(consent(over), 'p');
    return [];
  } catch (error) {
    return ((error as Invalid).extensions['errors'] as { path: string }[]).map(({ path }) => path);
  }
};
const policy = (code: string): Pick<Consent, 'policyRule'> => ({ policyRule: { coding: [{ code }] } });

describe('a consent', () => {
  it('is refused where nobody would enforce it, with the path', () => {
    const deny = (over: Partial<Provision>): Partial<Consent> => ({ provision: { type: 'deny', ...over } });
    expect(pathsOf(deny({ actor: [actor('RelatedPerson/r')] }))).toEqual(['Consent.provision.actor']);
    expect(pathsOf(deny({ actor: [role('doctor')] }))).toEqual(['Consent.provision.actor[0].reference']);
    expect(pathsOf(deny({ securityLabel: [{ code: 'SECRET' }] }))).toEqual([
      'Consent.provision.securityLabel[0]',
    ]);
  });

  it('has a policy for what no provision is about', () => {
    expect(rulesOf(policy('OPTIN'))).toEqual([rule({ type: 'deny' })]);
    expect(rulesOf(policy('OPTOUT'))).toEqual([rule({ type: 'permit' })]);
    expect(rulesOf({})).toEqual([]);
    expect(pathsOf(policy('OTHER'))).toEqual(['Consent.policyRule']);
  });

  it('is about the purposes of its scope where it names none', () => {
    const of = (code: string): Partial<Consent> => ({ scope: { coding: [{ code }] }, ...policy('OPTOUT') });
    expect(rulesOf(of('research'))).toEqual([rule({ type: 'permit', purposes: ['HRESCH'] })]);
    expect(rulesOf(of('treatment'))).toEqual([rule({ type: 'permit', purposes: ['TREAT'] })]);
    expect(pathsOf(of('adr'))).toEqual(['Consent.scope']);
    expect(pathsOf(of('constructor'))).toEqual(['Consent.scope']);
  });

  it('says who, for what, which and when; a provision within another one has its conditions, or narrower ones', () => {
    const provision: Provision = {
      type: 'deny',
      actor: [actor('Practitioner/d'), role('app')],
      purpose: [{ code: 'TREAT' }, { code: 'BTG' }],
      class: [{ code: 'Observation' }, { code: 'Condition' }],
      period: { start: '2027-03', end: '2027-04-12' },
      provision: [
        {
          type: 'permit',
          class: [{ code: 'Condition' }],
          period: { start: '2027-01', end: '2027-04-01T10:00:00Z' },
        },
        { purpose: [{ code: 'BTG' }], provision: [{ type: 'permit', actor: [role('app')] }] },
      ],
    };
    const common = {
      recipients: ['Practitioner/d', 'app'],
      purposes: ['TREAT', 'BTG'],
      from: '2027-03-01T00:00:00.000Z',
    };
    const classes = ['Observation', 'Condition'];
    const until = '2027-04-13T00:00:00.000Z';
    expect(rulesOf({ provision })).toEqual([
      rule({ ...common, type: 'deny', dataClasses: classes, until }),
      rule({ ...common, type: 'permit', dataClasses: ['Condition'], until: '2027-04-01T10:00:01.000Z' }),
      rule({
        ...common,
        type: 'permit',
        recipients: ['app'],
        purposes: ['BTG'],
        dataClasses: classes,
        until,
      }),
    ]);
  });

  it('permits within a rule nothing that the rule is not about', () => {
    const outer: Provision = {
      type: 'deny',
      actor: [actor('Practitioner/d')],
      purpose: [{ code: 'TREAT' }],
      class: [{ code: 'Observation' }],
    };
    const wider: [Provision, string][] = [
      [{ actor: [actor('Practitioner/d'), actor('Organization/o')] }, 'actor'],
      [{ purpose: [{ code: 'HRESCH' }] }, 'purpose'],
      [{ class: [{ code: 'Condition' }] }, 'class'],
      [{ securityLabel: [{ code: 'PSY' }] }, 'securityLabel'],
    ];
    for (const [inner, element] of wider) {
      const nested = { ...outer, provision: [{ type: 'permit' as const, ...inner }] };
      expect(pathsOf({ provision: nested })).toEqual([`Consent.provision.provision[0].${element}`]);
      const deeper = { ...outer, provision: [{ provision: nested.provision }] };
      expect(pathsOf({ provision: deeper })).toEqual([
        `Consent.provision.provision[0].provision[0].${element}`,
      ]);
    }
    // the purposes of a scope are those of who names none
    const research = { provision: { type: 'permit' as const, purpose: [{ code: 'PUBHLTH' }] } };
    expect(rulesOf({ scope: { coding: [{ code: 'research' }] }, ...research })).toEqual([
      rule({ type: 'permit', purposes: ['PUBHLTH'] }),
    ]);
    const both: Provision = { ...outer, securityLabel: [{ code: 'PSY' }] };
    expect(pathsOf({ provision: both })).toEqual(['Consent.provision.securityLabel']);
  });

  it('that is not active has no rules: that is how it is withdrawn', () => {
    for (const status of ['inactive', 'draft', 'proposed', 'rejected', 'entered-in-error'] as const)
      expect(rulesOf({ status, ...policy('OPTIN') })).toEqual([]);
  });

  it('about e-mails is about nothing else', () => {
    const over = { category: category('notifications-email'), ...policy('OPTIN') };
    expect(meaningOf(consent({ ...over, provision: { type: 'deny' } }), 'p')).toMatchObject({
      categories: ['notifications-email'],
      rules: [],
      messages: 'deny',
    });
    const conditions: Partial<Provision> = { period: { end: '2027' }, purpose: [{ code: 'TREAT' }] };
    expect(pathsOf({ ...over, provision: { type: 'deny', ...conditions } })).toEqual([
      'Consent.provision.period',
      'Consent.provision.purpose',
    ]);
    const both = [...category('notifications-email'), ...category('proxy')];
    const actors = [actor('RelatedPerson/r'), actor('Patient/q')];
    expect(pathsOf({ category: both, provision: { type: 'permit', actor: actors } })).toEqual([
      'Consent.provision.actor',
      'Consent.category',
    ]);
    const inactive = consent({ ...over, status: 'inactive', provision: { type: 'deny' } });
    expect(meaningOf(inactive, 'p')).not.toHaveProperty('messages');
    const foreign = [{ coding: [{ system: 'urn:x', code: 'notifications-email' }] }];
    expect(rulesOf({ category: foreign, ...policy('OPTIN') })).toEqual([rule({ type: 'deny' })]);
  });

  it('makes somebody a proxy who is named as RelatedPerson and as Patient, and permits them what it says', () => {
    const over = { category: category('proxy') };
    const actors = [actor('RelatedPerson/r'), actor('Patient/q')];
    const provision: Provision = { type: 'permit', actor: actors, period: { end: '2027' } };
    const facts = meaningOf(consent({ ...over, provision }), 'p');
    const until = '2028-01-01T00:00:00.000Z';
    expect(facts.proxy).toEqual({ relatedPerson: 'r', person: 'q', period: { until } });
    expect(facts.rules).toEqual([
      rule({ type: 'permit', recipients: ['RelatedPerson/r', 'Patient/q'], until }),
    ]);
    expect(meaningOf(consent({ ...over, status: 'inactive', provision }), 'p').proxy).toBeUndefined();
    const faulty: Provision[] = [
      { type: 'deny', actor: actors },
      { type: 'permit', actor: actors.slice(1) },
      { type: 'permit', actor: actors.slice(0, 1) },
      { type: 'permit', actor: [...actors, actor('Patient/other')] },
    ];
    for (const wrong of faulty) expect(pathsOf({ ...over, provision: wrong })).toEqual(['Consent.provision']);
    expect(pathsOf(over)).toEqual(['Consent.provision']);
  });

  it.each<[string, Provision, string]>([
    ['an action', { action: [{ text: 'x' }] }, 'action'],
    ['a code', { code: [{ text: 'x' }] }, 'code'],
    ['a time of the data', { dataPeriod: { start: '2027' } }, 'dataPeriod'],
    ['a resource', { data: [{ meaning: 'instance', reference: { reference: 'Observation/1' } }] }, 'data'],
    ['a group', { actor: [actor('Group/g')] }, 'actor[0].reference'],
    ['somebody elsewhere', { actor: [actor('https://x.example/Practitioner/d')] }, 'actor[0].reference'],
    [
      'a role of another system',
      { actor: [{ role: {}, reference: { identifier: { value: 'app' } } }] },
      'actor[0].reference',
    ],
    ['a purpose that is not known', { purpose: [{ code: 'TREAT' }, { code: 'x' }] }, 'purpose[1]'],
    ['a class that is not served', { class: [{ code: 'Group' }] }, 'class[0]'],
    ['a period that ends before it begins', { period: { start: '2027-02', end: '2027-01' } }, 'period'],
    ['any of it within', { provision: [{ action: [{ text: 'x' }] }] }, 'provision[0].action'],
    [
      'too many provisions',
      { provision: Array.from({ length: 101 }, () => ({ type: 'deny' as const })) },
      '',
    ],
  ])('is refused with what nobody would keep: %s', (_, provision, path) => {
    expect(pathsOf({ provision })).toEqual([path === '' ? 'Consent.provision' : `Consent.provision.${path}`]);
  });
});
