import { describe, expect, it } from '@jest/globals';
import type { Action } from './action.ts';
import type { Attributes } from './attributes.ts';
import { of, outcome } from './fixtures/outcome.ts';
import { ann, doctor, lab } from './fixtures/subjects.ts';
import type { Subject } from './subject.ts';

describe('a decision by scopes', () => {
  const with_ = (subject: Subject, scopes: string[], more: Partial<Subject> = {}): Subject => ({
    ...subject,
    scopes,
    ...more,
  });

  it('needs one for the type and for what is done', () => {
    const ask = (action: Action, ...scopes: string[]): string =>
      outcome(with_(ann, scopes), `${action} Appointment`, of('ann'));
    expect(ask('read')).toBe('scope');
    expect(ask('read', 'user/Appointment.r')).toBe('allow');
    expect(ask('read', 'user/*.r')).toBe('allow');
    expect(ask('read', 'user/Patient.r')).toBe('scope');
    expect(ask('search', 'user/Appointment.r')).toBe('scope');
    expect(ask('create', 'user/Appointment.rs', 'user/Patient.c')).toBe('scope');
    expect(ask('create', 'user/Appointment.rs', 'user/Appointment.c')).toBe('allow');
    expect(outcome(with_(ann, ['user/Patient.r']), '$everything Patient', of('ann'))).toBe('scope');
    // and of all of them: no list of nothing
    expect(outcome(with_(ann, ['user/Patient.r']), '$everything Patient')).toBe('scope');
    expect(outcome(with_(ann, ['user/Patient.r', 'user/Patient.s']), '$everything Patient', of('ann'))).toBe(
      'allow',
    );
  });

  it('of the system are an app’s, and of users and patients a user’s', () => {
    expect(outcome(with_(ann, ['system/*.cruds']), 'read Patient', of('ann'))).toBe('scope');
    expect(outcome(lab, 'read Patient', of('ann'))).toBe('allow');
    const launched = with_(doctor, ['system/*.cruds'], { patient: 'ann' });
    const facts = { treats: [{ patient: 'ann' }] };
    expect(outcome(launched, 'read Condition', of('ann'), { facts })).toBe('scope');
    expect(outcome(with_(lab, ['user/*.cruds']), 'read Patient', of('ann'))).toBe('scope');
    expect(outcome(with_(lab, ['patient/*.cruds'], { patient: 'ann' }), 'read Patient', of('ann'))).toBe(
      'scope',
    );
  });

  it('of the system are also those of the client of administrators, on its own behalf', () => {
    const client: Subject = { id: 'careplane-admin', client: 'careplane-admin', role: 'admin', scopes: [] };
    const ask = (subject: Subject, ...scopes: string[]): string =>
      outcome({ ...subject, scopes }, 'read Patient', of('ann'));
    expect(ask(client, 'system/*.cruds')).toBe('allow');
    expect(ask(client, 'user/*.cruds')).toBe('scope');
    expect(ask({ ...client, id: 'somebody' }, 'system/*.cruds')).toBe('scope');
    expect(ask({ ...client, role: 'frontdesk' }, 'system/*.cruds')).toBe('scope');
    expect(outcome({ ...client, scopes: ['system/*.cruds'] }, 'read Observation', of('ann'))).toBe('role');
  });

  it('of a patient are about the patient of the launch context alone, whatever the user may see', () => {
    const facts = { treats: [{ patient: 'ann' }, { patient: 'bob' }] };
    const launched = with_(doctor, ['patient/*.cruds'], { patient: 'ann' });
    expect(outcome(launched, 'read Condition', of('ann'), { facts })).toBe('allow');
    expect(outcome(launched, 'read Condition', of('bob'), { facts })).toBe('launch-context');
    expect(outcome(launched, 'create Condition', { patient: ['ann', 'bob'] }, { facts })).toBe(
      'launch-context',
    );
    expect(outcome(launched, 'read Condition', of('ann'))).toBe('no-relationship');
    expect(outcome(with_(doctor, ['patient/*.cruds']), 'read Condition', of('ann'), { facts })).toBe(
      'launch-context',
    );
    expect(outcome(with_(doctor, ['patient/*.cruds']), 'search Condition', undefined, { facts })).toBe(
      'launch-context',
    );
    expect(outcome(launched, 'read Organization', { id: ['o'] })).toBe('allow');
    const both = with_(doctor, ['patient/*.cruds', 'user/Condition.rs'], { patient: 'ann' });
    expect(outcome(both, 'read Condition', of('bob'), { facts })).toBe('allow');
    expect(outcome(with_(lab, ['patient/*.cruds']), 'read Patient', of('ann'))).toBe('scope');
  });

  it('are what is missing, not the launch context, where another scope than a patient’s would have done', () => {
    const facts = { treats: [{ patient: 'ann' }, { patient: 'bob' }] };
    const ask = (scopes: string[], more: Partial<Subject>, what: string, about: Attributes): string =>
      outcome(with_(doctor, scopes, more), what, about, { facts });
    const launched = { patient: 'ann' };
    const half = ['patient/Patient.r', 'user/Patient.s'];
    expect(ask(half, launched, '$everything Patient', of('bob'))).toBe('scope');
    const narrow = ['patient/Observation.r', 'user/Observation.r?category=laboratory'];
    const vital = of('bob', { category: ['vital-signs'] });
    expect(ask(narrow, launched, 'read Observation', vital)).toBe('scope');
    expect(ask(['patient/Patient.r'], {}, '$everything Patient', of('ann'))).toBe('scope');
    expect(ask(['patient/Patient.rs'], {}, '$everything Patient', of('ann'))).toBe('launch-context');
  });

  it('of a category are about this category', () => {
    const one = with_(ann, ['user/Observation.rs?category=laboratory']);
    expect(outcome(one, 'read Observation', of('ann', { category: ['laboratory'] }))).toBe('allow');
    expect(outcome(one, 'read Observation', of('ann', { category: ['vital-signs'] }))).toBe('scope');
    expect(outcome(one, 'read Observation', of('ann'))).toBe('scope');
  });
});
