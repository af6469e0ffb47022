import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/datatypes.html#Timing */
export const timingSpec: TypeSpec = {
  name: 'Timing',
  kind: 'BackboneElement',
  elements: {
    event: '0..* Σ dateTime',
    repeat: {
      is: '0..1 Σ',
      of: {
        'bounds[x]': '0..1 Σ Duration | Range | Period',
        count: '0..1 Σ positiveInt',
        countMax: '0..1 Σ positiveInt',
        duration: '0..1 Σ decimal',
        durationMax: '0..1 Σ decimal',
        durationUnit: '0..1 Σ code(s | min | h | d | wk | mo | a)',
        frequency: '0..1 Σ positiveInt',
        frequencyMax: '0..1 Σ positiveInt',
        period: '0..1 Σ decimal',
        periodMax: '0..1 Σ decimal',
        periodUnit: '0..1 Σ code(s | min | h | d | wk | mo | a)',
        dayOfWeek: '0..* Σ code(mon | tue | wed | thu | fri | sat | sun)',
        timeOfDay: '0..* Σ time',
        when: '0..* Σ code(MORN | MORN.early | MORN.late | NOON | AFT | AFT.early | AFT.late | EVE | EVE.early | EVE.late | NIGHT | PHS | HS | WAKE | C | CM | CD | CV | AC | ACM | ACD | ACV | PC | PCM | PCD | PCV)',
        offset: '0..1 Σ unsignedInt',
      },
    },
    code: '0..1 Σ CodeableConcept',
  },
};
