import { appointmentSpec } from './appointment.ts';
import { appointmentResponseSpec } from './appointment-response.ts';
import { bundleSpec } from './bundle.ts';
import { careTeamSpec } from './care-team.ts';
import { consentSpec } from './consent.ts';
import { locationSpec } from './location.ts';
import { operationOutcomeSpec } from './operation-outcome.ts';
import { organizationSpec } from './organization.ts';
import { parametersSpec } from './parameters.ts';
import { patientSpec } from './patient.ts';
import { practitionerSpec } from './practitioner.ts';
import { practitionerRoleSpec } from './practitioner-role.ts';
import { relatedPersonSpec } from './related-person.ts';
import { scheduleSpec } from './schedule.ts';
import { slotSpec } from './slot.ts';
import type { TypeSpec } from '../schema/spec.ts';

/** The resource types of R4 that are known here. */
export const RESOURCES: Readonly<Record<string, TypeSpec>> = {
  Appointment: appointmentSpec,
  AppointmentResponse: appointmentResponseSpec,
  Bundle: bundleSpec,
  CareTeam: careTeamSpec,
  Consent: consentSpec,
  Location: locationSpec,
  OperationOutcome: operationOutcomeSpec,
  Organization: organizationSpec,
  Parameters: parametersSpec,
  Patient: patientSpec,
  Practitioner: practitionerSpec,
  PractitionerRole: practitionerRoleSpec,
  RelatedPerson: relatedPersonSpec,
  Schedule: scheduleSpec,
  Slot: slotSpec,
};
