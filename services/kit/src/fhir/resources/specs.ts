import { allergyIntoleranceSpec } from './allergy-intolerance.ts';
import { appointmentSpec } from './appointment.ts';
import { appointmentResponseSpec } from './appointment-response.ts';
import { auditEventSpec } from './audit-event.ts';
import { binarySpec } from './binary.ts';
import { bundleSpec } from './bundle.ts';
import { carePlanSpec } from './care-plan.ts';
import { careTeamSpec } from './care-team.ts';
import { conditionSpec } from './condition.ts';
import { consentSpec } from './consent.ts';
import { diagnosticReportSpec } from './diagnostic-report.ts';
import { documentReferenceSpec } from './document-reference.ts';
import { encounterSpec } from './encounter.ts';
import { immunizationSpec } from './immunization.ts';
import { locationSpec } from './location.ts';
import { medicationRequestSpec } from './medication-request.ts';
import { observationSpec } from './observation.ts';
import { operationOutcomeSpec } from './operation-outcome.ts';
import { organizationSpec } from './organization.ts';
import { parametersSpec } from './parameters.ts';
import { patientSpec } from './patient.ts';
import { practitionerSpec } from './practitioner.ts';
import { practitionerRoleSpec } from './practitioner-role.ts';
import { procedureSpec } from './procedure.ts';
import { relatedPersonSpec } from './related-person.ts';
import { scheduleSpec } from './schedule.ts';
import { slotSpec } from './slot.ts';
import type { TypeSpec } from '../schema/spec.ts';

/** The resource types of R4 that are known here. */
export const RESOURCES: Readonly<Record<string, TypeSpec>> = {
  AllergyIntolerance: allergyIntoleranceSpec,
  Appointment: appointmentSpec,
  AppointmentResponse: appointmentResponseSpec,
  AuditEvent: auditEventSpec,
  Binary: binarySpec,
  Bundle: bundleSpec,
  CarePlan: carePlanSpec,
  CareTeam: careTeamSpec,
  Condition: conditionSpec,
  Consent: consentSpec,
  DiagnosticReport: diagnosticReportSpec,
  DocumentReference: documentReferenceSpec,
  Encounter: encounterSpec,
  Immunization: immunizationSpec,
  Location: locationSpec,
  MedicationRequest: medicationRequestSpec,
  Observation: observationSpec,
  OperationOutcome: operationOutcomeSpec,
  Organization: organizationSpec,
  Parameters: parametersSpec,
  Patient: patientSpec,
  Practitioner: practitionerSpec,
  PractitionerRole: practitionerRoleSpec,
  Procedure: procedureSpec,
  RelatedPerson: relatedPersonSpec,
  Schedule: scheduleSpec,
  Slot: slotSpec,
};
