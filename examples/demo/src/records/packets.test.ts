import { describe, expect, it } from '@jest/globals';
import { packetsOf, transactionOf } from './packets.ts';
import { patientOf, SYNTHEA, toSend } from './resource.ts';
import type { SourceResource } from './resource.ts';

const PATIENT = 'b1bde67c-019c-2b23-cb83-e78e8ffe5e5f';
const report = {
  resourceType: 'DiagnosticReport',
  id: 'report',
  identifier: [{ system: 'urn:lab', value: '1' }],
  subject: { reference: `urn:uuid:${PATIENT}`, display: 'Ann Lee' },
  encounter: { reference: 'urn:uuid:visit' },
  performer: [{ reference: 'Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|99', display: 'Dr. Roe' }],
  result: [{ reference: 'urn:uuid:here' }, { reference: 'urn:uuid:nowhere', display: 'Height' }],
  basedOn: [{ reference: 'ServiceRequest/literal' }],
};
const known = (id: string): string | undefined => ({ [PATIENT]: 'Patient/p', visit: 'Encounter/e' })[id];

describe('a resource of the data set as it is sent', () => {
  it('has its id as an identifier, and references that the clinic understands', () => {
    expect(toSend(report, known, (id) => id === 'here')).toEqual({
      resourceType: 'DiagnosticReport',
      identifier: [
        { system: 'urn:lab', value: '1' },
        { system: SYNTHEA, value: 'report' },
      ],
      subject: { reference: 'Patient/p', display: 'Ann Lee' },
      encounter: { reference: 'Encounter/e' },
      performer: [
        { identifier: { system: 'http://hl7.org/fhir/sid/us-npi', value: '99' }, display: 'Dr. Roe' },
      ],
      result: [
        { reference: 'urn:uuid:here' },
        { identifier: { system: SYNTHEA, value: 'nowhere' }, display: 'Height' },
      ],
      basedOn: [{ reference: 'ServiceRequest/literal' }],
    });
  });

  it('names its identifier once', () => {
    const own = { ...report, identifier: [{ use: 'official', system: SYNTHEA, value: 'report' }] };
    expect(toSend(own, known, () => false)).toMatchObject({
      identifier: [{ system: SYNTHEA, value: 'report' }],
    });
  });

  it('is about the patient of its subject', () => {
    expect(patientOf(report)).toBe(PATIENT);
    expect(patientOf({ resourceType: 'Immunization', id: 'i', patient: { reference: 'urn:uuid:q' } })).toBe(
      'q',
    );
    expect(patientOf({ resourceType: 'Location', id: 'l' })).toBeUndefined();
  });
});

describe('Bundles', () => {
  const resources = (count: number, text = ''): SourceResource[] =>
    Array.from({ length: count }, (_, n) => ({ resourceType: 'Observation', id: `o${String(n)}`, text }));

  it('hold all resources in order, and are no larger than a service takes', () => {
    const all = resources(300, 'x'.repeat(3_000));
    const packets = packetsOf(all);
    expect(packets.flat()).toEqual(all);
    for (const packet of packets)
      expect(JSON.stringify(transactionOf(packet, known)).length).toBeLessThan(102_400);
    expect(packets.length).toBeLessThan(15);
  });

  it('of small resources are no larger either, whatever they refer to', () => {
    const performer = [{ reference: 'Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|9999993998' }];
    const small = resources(2_000).map((one) => ({
      ...one,
      performer,
      encounter: { reference: 'urn:uuid:v' },
    }));
    for (const packet of packetsOf(small))
      expect(JSON.stringify(transactionOf(packet, () => undefined)).length).toBeLessThan(102_400);
  });

  it('have at most 500 entries, and one at least', () => {
    expect(packetsOf(resources(1_200)).every((packet) => packet.length <= 500)).toBe(true);
    expect(packetsOf(resources(2, 'x'.repeat(200_000))).map((packet) => packet.length)).toEqual([1, 1]);
    expect(packetsOf([])).toEqual([]);
  });

  it('create each resource unless one with its identifier is there', () => {
    expect(transactionOf([report], known)).toMatchObject({
      type: 'transaction',
      entry: [
        {
          fullUrl: 'urn:uuid:report',
          request: { method: 'POST', url: 'DiagnosticReport', ifNoneExist: `identifier=${SYNTHEA}|report` },
        },
      ],
    });
  });
});
