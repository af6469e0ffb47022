import { describe, expect, it } from '@jest/globals';
import { parseRefusal } from './refusal.ts';

const refused = (...causes: { field: string; message: string }[]): string | undefined =>
  parseRefusal(
    JSON.stringify({
      kind: 'Status',
      reason: 'Invalid',
      message: 'ControllerRevision.apps "a" is invalid: all of the above',
      details: { causes: causes.map((cause) => ({ reason: 'FieldValueInvalid', ...cause })) },
    }),
  ).message;

describe('what a refusal says', () => {
  it.each([
    ['Invalid value: {"template":"{\\"a\\": 1}"}: field is immutable', 'Invalid value: field is immutable'],
    ['Invalid value: "a \\": b": must be one: of two', 'Invalid value: must be one: of two'],
    ['Invalid value: -1: must be greater than 0', 'Invalid value: must be greater than 0'],
    ['Invalid value: max must not be less than min', 'Invalid value: max must not be less than min'],
    [
      'Invalid value: keys are variables: letters, digits',
      'Invalid value: keys are variables: letters, digits',
    ],
    ['Invalid value: core.Spec{Key:"secret", Other:1}: is immutable', 'Invalid value: is immutable'],
    ['Invalid value: secret', 'Invalid value'],
    ['Unsupported value: "x": supported values: "a", "b"', 'Unsupported value: supported values: "a", "b"'],
    ['Duplicate value: {"name": "secret"}', 'Duplicate value'],
    ['Duplicate value: "secret"', 'Duplicate value'],
    ['Required value: name or generateName is required', 'Required value: name or generateName is required'],
    ['Forbidden: may not be changed', 'Forbidden: may not be changed'],
  ])('is the field and what is wrong with it, not what it holds: %s', (message, said) => {
    expect(refused({ field: 'data', message })).toBe(`data: ${said}`);
  });

  it('is every field of several', () => {
    expect(refused({ field: 'a', message: 'Required value' }, { field: 'b', message: 'Forbidden: no' })).toBe(
      'a: Required value; b: Forbidden: no',
    );
  });

  it('names the webhook that refuses, if one does', () => {
    const text = JSON.stringify({
      reason: 'Invalid',
      message: 'admission webhook "rules.example" denied the request: spec.a: is "secret"',
      details: { causes: [{ reason: 'FieldValueInvalid', field: 'spec.a', message: 'is taken' }] },
    });
    expect(parseRefusal(text).message).toBe(
      'admission webhook "rules.example" denied the request: spec.a: is taken',
    );
  });

  it('has causes without what the fields hold, too', () => {
    const causes = [
      { reason: 'FieldValueInvalid', field: 'a', message: 'Invalid value: "secret": too long' },
    ];
    const { causes: said } = parseRefusal(JSON.stringify({ reason: 'Invalid', details: { causes } }));
    expect(said).toEqual([{ reason: 'FieldValueInvalid', field: 'a', message: 'Invalid value: too long' }]);
  });

  it('tells where a list may go on whose token is too old', () => {
    const expired = { reason: 'Expired', message: 'old', metadata: { continue: 'abc' } };
    expect(parseRefusal(JSON.stringify(expired)).continue).toBe('abc');
    expect(parseRefusal(JSON.stringify({ ...expired, metadata: {} }))).not.toHaveProperty('continue');
  });

  it('is the message where no field is to blame', () => {
    expect(refused()).toContain('all of the above');
    const conflict = JSON.stringify({
      reason: 'Conflict',
      message: 'the words',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "a"', field: '.x' }] },
    });
    expect(parseRefusal(conflict)).toMatchObject({ reason: 'Conflict', message: 'the words' });
  });

  it.each(['', 'not JSON', 'null', '[]'])('is nothing in %j', (text) => {
    expect(parseRefusal(text)).toEqual({ causes: [] });
  });
});
