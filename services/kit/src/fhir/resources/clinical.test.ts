import { describe, expect, it } from '@jest/globals';
import { resourceFaults } from '../schema/faults.ts';
import { schemaOf } from '../schema/compile.ts';

const code = { coding: [{ system: 'http://loinc.org', code: '8302-2' }] };
const subject = { reference: 'Patient/p' };
const height = { resourceType: 'Observation', status: 'final', code, subject };
const condition = { resourceType: 'Condition', subject };
const allergy = { resourceType: 'AllergyIntolerance', patient: subject };
const coded = (system: string, one: string): object => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code: one }],
});

/** The paths of what is wrong with a resource. */
function faultsOf(resource: {
  readonly resourceType: string;
  readonly [element: string]: unknown;
}): string[] {
  const type = resource.resourceType;
  const parsed = schemaOf(type).safeParse(resource);
  return parsed.success ? [] : resourceFaults(type, parsed.error).map(({ path }) => path);
}

describe('rules of R4 between elements of clinical resources', () => {
  it('an Observation has a value or a reason that there is none (obs-6)', () => {
    const dataAbsentReason = coded('data-absent-reason', 'unknown');
    expect(faultsOf({ ...height, dataAbsentReason })).toEqual([]);
    expect(faultsOf({ ...height, valueInteger: 0, dataAbsentReason })).toEqual([
      'Observation.dataAbsentReason',
    ]);
  });

  it('has no value of its own where a component has its code (obs-7)', () => {
    const component = [{ code, valueInteger: 1 }];
    expect(faultsOf({ ...height, component })).toEqual([]);
    expect(faultsOf({ ...height, component, valueInteger: 1 })).toEqual(['Observation.value']);
  });

  it('a reference range says something (obs-3)', () => {
    expect(faultsOf({ ...height, referenceRange: [{ text: 'tall' }] })).toEqual([]);
    expect(faultsOf({ ...height, referenceRange: [{ type: code }] })).toEqual([
      'Observation.referenceRange[0]',
    ]);
  });

  it('a Condition that has abated is not active (con-4), one in error has no status (con-5)', () => {
    const active = coded('condition-clinical', 'active');
    const abated = { ...condition, abatementDateTime: '2024' };
    expect(faultsOf({ ...abated, clinicalStatus: coded('condition-clinical', 'resolved') })).toEqual([]);
    expect(faultsOf({ ...abated, clinicalStatus: active })).toEqual(['Condition.clinicalStatus']);
    const verificationStatus = coded('condition-ver-status', 'entered-in-error');
    expect(faultsOf({ ...condition, verificationStatus })).toEqual([]);
    expect(faultsOf({ ...condition, verificationStatus, clinicalStatus: active })).toEqual([
      'Condition.clinicalStatus',
    ]);
  });

  it('a stage and an evidence of a Condition say something (con-1, con-2)', () => {
    expect(faultsOf({ ...condition, stage: [{ summary: code }], evidence: [{ code: [code] }] })).toEqual([]);
    expect(faultsOf({ ...condition, stage: [{ type: code }], evidence: [{ id: 'a' }] })).toHaveLength(2);
  });

  it('an AllergyIntolerance has a clinical status unless it is in error (ait-1, ait-2)', () => {
    const clinicalStatus = coded('allergyintolerance-clinical', 'active');
    const verificationStatus = coded('allergyintolerance-verification', 'entered-in-error');
    expect(faultsOf({ ...allergy, clinicalStatus })).toEqual([]);
    expect(faultsOf({ ...allergy, verificationStatus })).toEqual([]);
    expect(faultsOf(allergy)).toEqual(['AllergyIntolerance.clinicalStatus']);
    expect(faultsOf({ ...allergy, clinicalStatus, verificationStatus })).toEqual([
      'AllergyIntolerance.clinicalStatus',
    ]);
  });

  it('an education names a document (imm-1)', () => {
    const shot = {
      resourceType: 'Immunization',
      status: 'completed',
      vaccineCode: code,
      patient: subject,
      occurrenceDateTime: '2024-06-07',
    };
    expect(faultsOf({ ...shot, education: [{ documentType: 'leaflet' }] })).toEqual([]);
    expect(faultsOf({ ...shot, education: [{ publicationDate: '2024' }] })).toEqual([
      'Immunization.education[0]',
    ]);
  });

  it('an activity of a CarePlan is described here or elsewhere, not both (cpl-3)', () => {
    const plan = { resourceType: 'CarePlan', status: 'active', intent: 'plan', subject };
    const detail = { status: 'scheduled' };
    expect(faultsOf({ ...plan, activity: [{ detail }] })).toEqual([]);
    expect(faultsOf({ ...plan, activity: [{ detail, reference: { reference: 'Task/a' } }] })).toEqual([
      'CarePlan.activity[0]',
    ]);
  });
});
