import { describe, expect, it } from '@jest/globals';
import { uniqueTerms } from './unique.ts';

describe('what only one record may have', () => {
  it('tells practitioners apart whose identifiers a bar would join to the same text', () => {
    const of = (system: string, value: string) =>
      uniqueTerms(
        'Practitioner',
        { resourceType: 'Practitioner', identifier: [{ system, value }] },
        new Set(),
      );
    expect(of('urn:a|b', 'c')).not.toEqual(of('urn:a', 'b|c'));
  });

  it('are of patients the identifiers in the clinic’s own systems', () => {
    const identifier = [
      { system: 'urn:mrn', value: '1' },
      { system: 'urn:other', value: '1' },
      { value: '1' },
    ];
    expect(uniqueTerms('Patient', { resourceType: 'Patient', identifier }, new Set(['urn:mrn']))).toEqual([
      ['Patient.unique', 'urn:mrn', '1'],
    ]);
    expect(uniqueTerms('Patient', { resourceType: 'Patient', identifier }, new Set())).toEqual([]);
  });
});
