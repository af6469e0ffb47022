import { describe, expect, it } from '@jest/globals';
import { capabilityStatement, mergeCapabilities } from './capabilities.ts';

const statement = (types: string[], more: object = {}): ReturnType<typeof capabilityStatement.parse> =>
  capabilityStatement.parse({
    resourceType: 'CapabilityStatement',
    date: '2026-11-01',
    format: ['json'],
    rest: [{ mode: 'server', resource: types.map((type) => ({ type, versioning: 'versioned' })), ...more }],
  });

describe('the statement of the clinic', () => {
  const at = { base: 'https://clinic.example/fhir/R4', version: '1' };

  it('has the resources of all services in order, and the security that one of them tells', () => {
    const security = { cors: true, service: [{ text: 'SMART' }] };
    const statements = [
      statement(['Slot', 'Appointment']),
      statement(['Patient'], { security, operation: [{ name: 'match', definition: 'd' }] }),
    ];
    expect(mergeCapabilities({ statements, missing: [] }, at)).toMatchObject({
      resourceType: 'CapabilityStatement',
      date: '2026-11-01',
      implementation: { url: 'https://clinic.example/fhir/R4' },
      fhirVersion: '4.0.1',
      format: ['json'],
      rest: [
        {
          mode: 'server',
          security,
          resource: [{ type: 'Appointment', versioning: 'versioned' }, { type: 'Patient' }, { type: 'Slot' }],
          operation: [{ name: 'match' }],
        },
      ],
    });
  });

  it('says which service is away, and nothing when none is', () => {
    const statements = [statement(['Patient'])];
    const away = mergeCapabilities({ statements, missing: ['appointments'] }, at);
    expect(JSON.stringify(away)).toContain('Not listed, since away: appointments');
    expect(JSON.stringify(mergeCapabilities({ statements, missing: [] }, at))).not.toContain('away');
  });
});
