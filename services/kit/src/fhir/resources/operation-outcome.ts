import type { TypeSpec } from '../schema/spec.ts';

/** https://hl7.org/fhir/R4/operationoutcome.html */
export const operationOutcomeSpec: TypeSpec = {
  name: 'OperationOutcome',
  kind: 'DomainResource',
  elements: {
    issue: {
      is: '1..* Σ',
      of: {
        severity: '1..1 Σ code(fatal | error | warning | information)',
        code: '1..1 Σ code(invalid | structure | required | value | invariant | security | login | unknown | expired | forbidden | suppressed | processing | not-supported | duplicate | multiple-matches | not-found | deleted | too-long | code-invalid | extension | too-costly | business-rule | conflict | transient | lock-error | no-store | exception | timeout | incomplete | throttled | informational)',
        details: '0..1 Σ CodeableConcept',
        diagnostics: '0..1 Σ string',
        location: '0..* Σ string',
        expression: '0..* Σ string',
      },
    },
  },
};
