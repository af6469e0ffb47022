import type { ClinicalKind } from '../clinical/kind.ts';
import { allergyIntolerance } from './allergy-intolerance.ts';
import { carePlan } from './care-plan.ts';
import { condition } from './condition.ts';
import { diagnosticReport } from './diagnostic-report.ts';
import { documentReference } from './document-reference.ts';
import { encounter } from './encounter.ts';
import { immunization } from './immunization.ts';
import { medicationRequest } from './medication-request.ts';
import { observation } from './observation.ts';
import { procedure } from './procedure.ts';

/** The clinical types of this service. */
export const KINDS: readonly ClinicalKind[] = [
  allergyIntolerance,
  carePlan,
  condition,
  diagnosticReport,
  documentReference,
  encounter,
  immunization,
  medicationRequest,
  observation,
  procedure,
];
