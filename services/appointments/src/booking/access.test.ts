import { describe, expect, it } from '@jest/globals';
import { mayRead, ownerOf } from './access.ts';

const user = (
  role: 'patient' | 'practitioner' | 'admin',
  sub = 'me',
): { sub: string; role: typeof role; jti: string } => ({
  sub,
  role,
  jti: 'j',
});

describe('an appointment', () => {
  it('is seen by its patient, its practitioner and the admin, and by nobody else', () => {
    const appointment = { patientId: 'ann', practitionerId: 'doc' };
    expect(mayRead(user('patient', 'ann'), appointment)).toBe(true);
    expect(mayRead(user('practitioner', 'doc'), appointment)).toBe(true);
    expect(mayRead(user('admin'), appointment)).toBe(true);
    expect(mayRead(user('patient', 'doc'), appointment)).toBe(false);
    expect(mayRead(user('practitioner', 'ann'), appointment)).toBe(false);
  });
});

describe('a list of appointments', () => {
  it('shows patients and practitioners their own', () => {
    expect(ownerOf(user('patient'), {})).toEqual({ patientId: 'me' });
    expect(ownerOf(user('practitioner'), { practitioner: 'me' })).toEqual({ practitionerId: 'me' });
    expect(ownerOf(user('patient'), { patient: 'me' })).toEqual({ patientId: 'me' });
    expect(ownerOf(user('practitioner'), {})).toEqual({ practitionerId: 'me' });
  });

  it('shows nobody those of another', () => {
    expect(() => ownerOf(user('patient'), { patient: 'ann' })).toThrow('Only your own');
    expect(() => ownerOf(user('patient'), { practitioner: 'me' })).toThrow('Only your own');
    expect(() => ownerOf(user('practitioner'), { patient: 'me' })).toThrow('Only your own');
    expect(() => ownerOf(user('practitioner'), { practitioner: 'doc' })).toThrow('Only your own');
    expect(() => ownerOf(user('patient'), { patient: 'me', practitioner: 'doc' })).toThrow('Only your own');
  });

  it('shows the admin those of one person or all', () => {
    expect(ownerOf(user('admin'), { patient: 'ann' })).toEqual({ patientId: 'ann' });
    expect(ownerOf(user('admin'), {})).toEqual({});
    expect(ownerOf(user('admin'), { practitioner: 'doc' })).toEqual({ practitionerId: 'doc' });
    expect(() => ownerOf(user('admin'), { patient: 'ann', practitioner: 'doc' })).toThrow(
      expect.objectContaining({
        extensions: {
          errors: [{ path: 'query.patient', message: 'give a patient or a practitioner, not both' }],
        },
      }),
    );
  });
});
