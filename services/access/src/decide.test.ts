import { describe, expect, it } from '@jest/globals';
import type { Action, Purpose } from './action.ts';
import { NONE } from './attributes.ts';
import { decide } from './decide.ts';
import { NO_FACTS } from './facts.ts';
import type { ConsentRule, Facts } from './facts.ts';
import { defaultPurpose } from './purposes.ts';
import type { Subject } from './subject.ts';
import { of, outcome } from './fixtures/outcome.ts';
import type { Asked } from './fixtures/outcome.ts';
import { ann, doctor, lab, now, staff } from './fixtures/subjects.ts';

const deny = (more: Partial<ConsentRule> = {}): ConsentRule => ({
  patient: 'ann',
  type: 'deny',
  recipients: [],
  purposes: [],
  dataClasses: [],
  ...more,
});

describe('a decision', () => {
  it('denies what no rule is about', () => {
    expect(outcome(staff('admin'), 'read Unknown', of('ann'))).toBe('unknown-type');
    expect(outcome(staff('admin'), 'read constructor', of('ann'))).toBe('unknown-type');
    expect(outcome(staff('admin'), 'read Observation', of('ann'))).toBe('role');
    expect(outcome(staff('compliance'), 'update AuditEvent', of('ann'))).toBe('role');
    expect(outcome(ann, 'delete Patient', of('ann'))).toBe('role');
    expect(outcome(ann, '$merge Patient', of('ann'))).toBe('role');
    expect(outcome(staff('admin'), '$constructor Patient', of('ann'))).toBe('role');
  });

  it('lets a patient see what is their own, and nothing of another', () => {
    expect(outcome(ann, 'read Observation', of('ann'))).toBe('allow');
    expect(outcome(ann, 'read Observation', of('bob'))).toBe('not-own');
    expect(outcome(ann, 'read Observation', {})).toBe('not-own');
    expect(outcome({ ...ann, person: { type: 'Practitioner', id: 'ann' } }, 'read Patient', of('ann'))).toBe(
      'not-own',
    );
    expect(outcome(staff('patient'), 'read Patient', of('ann'))).toBe('not-own');
  });

  it('lets a patient write what is about nobody else: not what is also about another', () => {
    expect(outcome(ann, 'create Appointment', of('ann'))).toBe('allow');
    expect(outcome(ann, 'create Appointment', { patient: ['ann', 'bob'] })).toBe('not-own');
    expect(outcome(ann, 'create Appointment', {})).toBe('not-own');
    expect(outcome(ann, 'read Appointment', { patient: ['ann', 'bob'] })).toBe('allow');
    expect(outcome(ann, 'create Consent', of('bob'))).toBe('not-own');
  });

  it('lets a proxy act for a patient until the relation ends, as far as consents allow', () => {
    const acting = { actsFor: [{ patient: 'bob', until: '2027-03-12T10:00:00.000Z' }] };
    const at = (time: string): Asked => ({ facts: acting, at: new Date(time) });
    expect(outcome(ann, 'read Observation', of('bob'), at('2027-03-12T09:59:59.999Z'))).toBe('allow');
    expect(outcome(ann, 'read Observation', of('bob'), at('2027-03-12T10:00:00.000Z'))).toBe('not-own');
    expect(outcome(ann, 'create Consent', of('bob'), at('2027-03-12T09:00:00Z'))).toBe('allow');
    const facts = {
      actsFor: [{ patient: 'bob' }],
      consents: [deny({ patient: 'bob', dataClasses: ['PSY'] })],
    };
    expect(outcome(ann, 'read Observation', of('bob', { dataClass: ['PSY'] }), { facts })).toBe('consent');
    expect(outcome(ann, 'read Observation', of('bob'), { facts })).toBe('allow');
    expect(outcome(ann, 'read Observation', of('ann'), { facts: { consents: [deny()] } })).toBe('allow');
  });

  it('lets a practitioner see whom they treat, from the beginning of it to its end, unless consents say no', () => {
    const treats = [{ patient: 'ann', from: '2027-03-12T10:00:00Z', until: '2027-03-13T10:00:00Z' }];
    const at = (time: string): string =>
      outcome(doctor, 'read Condition', of('ann'), { facts: { treats }, at: new Date(time) });
    expect(at('2027-03-12T09:59:59.999Z')).toBe('no-relationship');
    expect(at('2027-03-12T10:00:00.000Z')).toBe('allow');
    expect(at('2027-03-13T09:59:59.999Z')).toBe('allow');
    expect(at('2027-03-13T10:00:00.000Z')).toBe('no-relationship');
    const withConsents = (...consents: ConsentRule[]): string =>
      outcome(doctor, 'read Condition', of('ann'), { facts: { treats, consents } });
    expect(withConsents(deny({ recipients: ['Practitioner/doc'] }))).toBe('consent');
    expect(withConsents(deny({ recipients: ['Practitioner/other'] }))).toBe('allow');
    expect(withConsents(deny({ recipients: ['Organization/o1'] }))).toBe('allow');
    expect(
      outcome(doctor, 'read Condition', of('ann'), {
        facts: { treats, consents: [deny({ recipients: ['Organization/o1'] })], organizations: ['o1'] },
      }),
    ).toBe('consent');
    expect(outcome(doctor, 'create Condition', of('ann'), { facts: { treats } })).toBe('allow');
    expect(outcome(doctor, 'read Appointment', { practitioner: ['doc'], patient: ['bob'] })).toBe('allow');
    expect(outcome(doctor, 'create Schedule', { practitioner: ['other'] })).toBe('no-relationship');
    const impostor = { ...doctor, person: { type: 'Patient' as const, id: 'doc' } };
    expect(outcome(impostor, 'create Schedule', { practitioner: ['doc'] })).toBe('no-relationship');
  });

  it('opens a record in an emergency: for reading, for this purpose, until it expires', () => {
    const breakGlass = [{ patient: 'ann', until: '2027-03-12T10:00:00.001Z' }];
    const ask = (action: Action, purpose: Purpose, more: Asked = {}): string =>
      outcome(doctor, `${action} Condition`, of('ann'), { facts: { breakGlass }, purpose, ...more });
    expect(ask('read', 'BTG')).toBe('allow');
    expect(ask('search', 'BTG')).toBe('allow');
    expect(ask('read', 'TREAT')).toBe('no-relationship');
    expect(ask('create', 'BTG')).toBe('purpose');
    expect(ask('update', 'BTG')).toBe('purpose');
    expect(ask('read', 'BTG', { at: new Date('2027-03-12T10:00:00.001Z') })).toBe('no-relationship');
    expect(outcome(doctor, '$everything Patient', of('ann'), { facts: { breakGlass }, purpose: 'BTG' })).toBe(
      'allow',
    );
    expect(outcome(doctor, '$break-glass Patient', of('ann'), { purpose: 'BTG' })).toBe('allow');
    expect(outcome(doctor, '$break-glass Patient', of('ann'))).toBe('allow');
    expect(outcome(ann, 'read Condition', of('ann'), { purpose: 'BTG' })).toBe('purpose');
  });

  it('hears in an emergency only consents that name it; to say that it is one does not get around consents otherwise', () => {
    const relation = [{ patient: 'ann' }];
    const ask = (facts: Partial<Facts>): string =>
      outcome(doctor, 'read Condition', of('ann'), { facts, purpose: 'BTG' });
    expect(ask({ breakGlass: relation, consents: [deny()] })).toBe('allow');
    expect(ask({ breakGlass: relation, consents: [deny({ purposes: ['BTG'] })] })).toBe('consent');
    expect(ask({ treats: relation, consents: [deny()] })).toBe('consent');
    expect(ask({ treats: relation, consents: [deny({ purposes: ['TREAT'] })] })).toBe('consent');
    expect(ask({ treats: relation })).toBe('allow');
  });

  it('is none of all resources for who is related to nobody, not a list that somebody could be on', () => {
    const all = (subject: Subject, what: string): unknown => {
      const [action, type = ''] = what.split(' ') as [Action, string?];
      return decide(subject, action, { type }, { purpose: defaultPurpose(subject), facts: NO_FACTS, now });
    };
    const none = { effect: 'allow', constraint: NONE };
    expect(all(doctor, 'search Condition')).toMatchObject(none);
    expect(all(staff('patient'), 'search Condition')).toMatchObject(none);
    expect(all(staff('practitioner'), 'create Schedule')).toMatchObject(none);
  });

  it('asks for which purpose, and lets nobody have another’s', () => {
    expect(outcome(ann, 'read Patient', of('ann'), { purpose: 'TREAT' })).toBe('purpose');
    expect(outcome(staff('frontdesk'), 'read Patient', of('ann'), { purpose: 'BTG' })).toBe('purpose');
    expect(
      outcome(doctor, 'read Condition', of('ann'), {
        facts: { treats: [{ patient: 'ann' }] },
        purpose: 'HRESCH',
      }),
    ).toBe('consent');
  });

  it('takes records that were merged for one human’s: what is related, one’s own or withdrawn in one is in all', () => {
    const merged = [['old', 'ann', 'older']];
    const treats = [{ patient: 'old' }];
    const seen = (id: string, facts: Partial<Facts>): string =>
      outcome(doctor, 'read Condition', of(id), { facts: { merged, ...facts } });
    for (const id of ['ann', 'old', 'older']) expect(seen(id, { treats })).toBe('allow');
    expect(seen('bob', { treats })).toBe('no-relationship');
    expect(seen('ann', { treats, merged: [] })).toBe('no-relationship');
    const permit = deny({ type: 'permit', recipients: ['Practitioner/doc'] });
    const withdrawn = deny({ patient: 'older', recipients: ['Practitioner/doc'] });
    expect(seen('ann', { treats, consents: [permit, withdrawn] })).toBe('consent');
    expect(seen('old', { treats, consents: [withdrawn] })).toBe('consent');
    expect(seen('old', { treats, consents: [{ ...withdrawn, dataClasses: ['PSY'] }] })).toBe('allow');
    const facts = { merged };
    expect(outcome(ann, 'read Condition', of('old'), { facts })).toBe('allow');
    expect(outcome(ann, 'create Consent', of('old'), { facts })).toBe('allow');
    expect(outcome(ann, 'read Condition', of('old'))).toBe('not-own');
    const launched = { ...ann, scopes: ['patient/*.rs'], patient: 'ann' };
    expect(outcome(launched, 'read Condition', of('old'), { facts })).toBe('allow');
    expect(outcome(launched, 'read Condition', of('bob'), { facts })).toBe('launch-context');
    const acting = { actsFor: [{ patient: 'bob' }], merged };
    const against = deny({ patient: 'bob', recipients: ['Patient/old'] });
    expect(outcome(ann, 'read Condition', of('bob'), { facts: { ...acting, consents: [against] } })).toBe(
      'consent',
    );
  });

  it('lets an app claim only the purposes that it is registered for, whatever the role may do', () => {
    const facts = { breakGlass: [{ patient: 'ann' }], treats: [{ patient: 'ann' }] };
    const by = (purposes: readonly Purpose[] | undefined, purpose: Purpose): string => {
      const { id, role, client, scopes, person } = doctor;
      const subject = { id, role, client, scopes, ...(person && { person }), ...(purposes && { purposes }) };
      return outcome(subject, 'read Condition', of('ann'), { facts, purpose });
    };
    expect(by(undefined, 'TREAT')).toBe('allow');
    expect([by(undefined, 'BTG'), by(undefined, 'HOPERAT')]).toEqual(['purpose', 'purpose']);
    expect([by(['TREAT', 'BTG'], 'BTG'), by(['TREAT', 'BTG'], 'HOPERAT')]).toEqual(['allow', 'purpose']);
    // what is registered is all: a purpose of another role does not help, nor does the first of this one
    expect([by(['PATRQT'], 'TREAT'), by(['PATRQT'], 'PATRQT')]).toEqual(['purpose', 'purpose']);
  });

  it('shows the front desk people and visits, and nothing of health', () => {
    const desk = staff('frontdesk');
    expect(outcome(desk, 'read Patient', of('ann'))).toBe('allow');
    expect(outcome(desk, 'search Appointment')).toBe('allow');
    for (const type of ['Observation', 'Condition', 'DocumentReference', 'AuditEvent'])
      expect([type, outcome(desk, `read ${type}`, of('ann'))]).toEqual([type, 'role']);
    const decision = decide(
      desk,
      'read',
      { type: 'Appointment' },
      { purpose: 'HOPERAT', facts: NO_FACTS, now },
    );
    expect(decision).toMatchObject({ without: expect.arrayContaining(['Appointment.reasonCode']) });
  });

  it('shows a patient practitioners without the addresses they log in with', () => {
    const without = (subject: Subject): unknown =>
      (
        decide(
          subject,
          'search',
          { type: 'Practitioner' },
          { purpose: defaultPurpose(subject), facts: NO_FACTS, now },
        ) as { without?: unknown }
      ).without;
    expect(without(ann)).toContain("Practitioner.telecom.where(system='email')");
    expect(without(lab)).toContain("Practitioner.telecom.where(system='email')");
    expect(without(doctor)).toEqual([]);
  });
});
