import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ALL } from './attributes.ts';
import { parseScope, permissionsFor } from './scopes.ts';

describe('a scope', () => {
  it.each([
    ['patient/Appointment.rs', 'patient', 'Appointment', 'rs'],
    ['user/*.cruds', 'user', '*', 'cruds'],
    ['system/Patient.d', 'system', 'Patient', 'd'],
    ['patient/Observation.read', 'patient', 'Observation', 'rs'],
    ['user/Observation.write', 'user', 'Observation', 'cud'],
    ['patient/*.*', 'patient', '*', 'cruds'],
  ])('%s is read', (scope, level, type, permissions) => {
    expect(parseScope(scope)).toEqual({ level, type, permissions: Array.from(permissions), only: ALL });
  });

  it('may be about some categories', () => {
    const only = (scope: string): unknown => parseScope(scope)?.only;
    const category = (...values: string[]): object => ({ kind: 'in', attribute: 'category', values });
    expect(only('user/Observation.rs?category=laboratory')).toEqual(category('laboratory'));
    expect(only('user/Observation.rs?category=http://x.example/c|laboratory,vital-signs')).toEqual(
      category('http://x.example/c|laboratory', 'vital-signs'),
    );
    expect(only('user/Observation.rs?category=a&category=b')).toEqual({
      kind: 'and',
      of: [category('a'), category('b')],
    });
  });

  it.each([
    'openid',
    'launch/patient',
    'patient/Appointment',
    'patient/Appointment.',
    'patient/Appointment.sr',
    'patient/Appointment.rr',
    'patient/Appointment.rsx',
    'patient/appointment.rs',
    'everybody/Appointment.rs',
    'xpatient/Appointment.rs',
    'patient/Appointment.rs ',
    'patient/Appointment.rs?',
    'patient/**.rs',
    'patient/Observation.rs?category=',
    'patient/Observation.rs?status=final',
    'patient/Observation.rs?category=a&status=final',
  ])('%s grants nothing that is known here', (scope) => {
    expect(parseScope(scope)).toBeUndefined();
  });

  it('of any text is read at once or not at all', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((end) => `patient/A.rs?${end}`),
        ),
        (text) => {
          const scope = parseScope(text);
          return scope === undefined || scope.permissions.length > 0;
        },
      ),
    );
    const begun = performance.now();
    parseScope(`patient/${'A'.repeat(100_000)}.rs`);
    parseScope(`patient/A.${'cruds'.repeat(20_000)}`);
    expect(performance.now() - begun).toBeLessThan(100);
  });
});

describe('the permissions that an action needs', () => {
  it.each([
    ['read', 'r'],
    ['vread', 'r'],
    ['history', 'r'],
    ['search', 's'],
    ['create', 'c'],
    ['update', 'u'],
    ['delete', 'd'],
    ['export', 'rs'],
    ['$match', 's'],
    ['$merge', 'u'],
    ['$unmerge', 'u'],
    ['$everything', 'rs'],
    ['$break-glass', 'r'],
    ['$emergency-access', 'r'],
    ['$review-emergency-access', 'u'],
    ['$place-legal-hold', 'u'],
    ['$lift-legal-hold', 'u'],
    ['$erase', 'd'],
    ['$approve-erasure', 'd'],
    ['$withdraw-erasure', 'd'],
    ['$erasures', 'r'],
    ['$find', 's'],
    ['$hold', 'c'],
    ['$book', 'c'],
    ['$validate', 'r'],
  ] as const)('%s: %s', (action, permissions) => {
    expect(permissionsFor(action)).toEqual(Array.from(permissions));
  });

  it('are not known of what nobody has defined', () => {
    expect(permissionsFor('$unknown')).toBeUndefined();
    expect(permissionsFor('toString' as never)).toBeUndefined();
    expect(permissionsFor('$read')).toBeUndefined();
  });
});
