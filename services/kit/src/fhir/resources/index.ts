import type * as r4 from 'fhir/r4.d.ts';
import type { z } from 'zod';
import type { Meta, Resource } from '../resource.ts';
import { schemaOf } from '../schema/compile.ts';

/** R4's interface of a type as a resource here: with the id and meta that the server sets. */
type Of<T> = Resource & { readonly [K in keyof T as K extends 'id' | 'meta' ? never : K]: T[K] } & {
  readonly id?: string;
  readonly meta?: Meta;
};

export type AllergyIntolerance = Of<r4.AllergyIntolerance>;
export type Appointment = Of<r4.Appointment>;
export type AppointmentResponse = Of<r4.AppointmentResponse>;
export type AuditEvent = Of<r4.AuditEvent>;
/** FHIR's Binary; the bytes of MongoDB have the short name. */
export type BinaryResource = Of<r4.Binary>;
export type Bundle = Of<r4.Bundle>;
export type CarePlan = Of<r4.CarePlan>;
export type CareTeam = Of<r4.CareTeam>;
export type Condition = Of<r4.Condition>;
export type Consent = Of<r4.Consent>;
export type DiagnosticReport = Of<r4.DiagnosticReport>;
export type DocumentReference = Of<r4.DocumentReference>;
export type Encounter = Of<r4.Encounter>;
export type Immunization = Of<r4.Immunization>;
export type Location = Of<r4.Location>;
export type MedicationRequest = Of<r4.MedicationRequest>;
export type Observation = Of<r4.Observation>;
export type OperationOutcome = Of<r4.OperationOutcome>;
export type Organization = Of<r4.Organization>;
export type Parameters = Of<r4.Parameters>;
export type Patient = Of<r4.Patient>;
export type Practitioner = Of<r4.Practitioner>;
export type PractitionerRole = Of<r4.PractitionerRole>;
export type Procedure = Of<r4.Procedure>;
export type RelatedPerson = Of<r4.RelatedPerson>;
export type Schedule = Of<r4.Schedule>;
export type Slot = Of<r4.Slot>;

export type {
  Address,
  Annotation,
  Attachment,
  CodeableConcept,
  Coding,
  ContactPoint,
  Extension,
  HumanName,
  Identifier,
  Period,
  Quantity,
  Reference,
  Timing,
} from 'fhir/r4.d.ts';

/** https://hl7.org/fhir/R4/allergyintolerance.html */
export const allergyIntoleranceSchema = schemaOf('AllergyIntolerance') as z.ZodType<AllergyIntolerance>;
/** https://hl7.org/fhir/R4/appointment.html */
export const appointmentSchema = schemaOf('Appointment') as z.ZodType<Appointment>;
/** https://hl7.org/fhir/R4/appointmentresponse.html */
export const appointmentResponseSchema = schemaOf('AppointmentResponse') as z.ZodType<AppointmentResponse>;
/** https://hl7.org/fhir/R4/auditevent.html */
export const auditEventSchema = schemaOf('AuditEvent') as z.ZodType<AuditEvent>;
/** https://hl7.org/fhir/R4/binary.html */
export const binarySchema = schemaOf('Binary') as z.ZodType<BinaryResource>;
/** https://hl7.org/fhir/R4/bundle.html */
export const bundleSchema = schemaOf('Bundle') as z.ZodType<Bundle>;
/** https://hl7.org/fhir/R4/careplan.html */
export const carePlanSchema = schemaOf('CarePlan') as z.ZodType<CarePlan>;
/** https://hl7.org/fhir/R4/careteam.html */
export const careTeamSchema = schemaOf('CareTeam') as z.ZodType<CareTeam>;
/** https://hl7.org/fhir/R4/condition.html */
export const conditionSchema = schemaOf('Condition') as z.ZodType<Condition>;
/** https://hl7.org/fhir/R4/consent.html */
export const consentSchema = schemaOf('Consent') as z.ZodType<Consent>;
/** https://hl7.org/fhir/R4/diagnosticreport.html */
export const diagnosticReportSchema = schemaOf('DiagnosticReport') as z.ZodType<DiagnosticReport>;
/** https://hl7.org/fhir/R4/documentreference.html */
export const documentReferenceSchema = schemaOf('DocumentReference') as z.ZodType<DocumentReference>;
/** https://hl7.org/fhir/R4/encounter.html */
export const encounterSchema = schemaOf('Encounter') as z.ZodType<Encounter>;
/** https://hl7.org/fhir/R4/immunization.html */
export const immunizationSchema = schemaOf('Immunization') as z.ZodType<Immunization>;
/** https://hl7.org/fhir/R4/location.html */
export const locationSchema = schemaOf('Location') as z.ZodType<Location>;
/** https://hl7.org/fhir/R4/medicationrequest.html */
export const medicationRequestSchema = schemaOf('MedicationRequest') as z.ZodType<MedicationRequest>;
/** https://hl7.org/fhir/R4/observation.html */
export const observationSchema = schemaOf('Observation') as z.ZodType<Observation>;
/** https://hl7.org/fhir/R4/operationoutcome.html */
export const operationOutcomeSchema = schemaOf('OperationOutcome') as z.ZodType<OperationOutcome>;
/** https://hl7.org/fhir/R4/organization.html */
export const organizationSchema = schemaOf('Organization') as z.ZodType<Organization>;
/** https://hl7.org/fhir/R4/parameters.html */
export const parametersSchema = schemaOf('Parameters') as z.ZodType<Parameters>;
/** https://hl7.org/fhir/R4/patient.html */
export const patientSchema = schemaOf('Patient') as z.ZodType<Patient>;
/** https://hl7.org/fhir/R4/practitioner.html */
export const practitionerSchema = schemaOf('Practitioner') as z.ZodType<Practitioner>;
/** https://hl7.org/fhir/R4/practitionerrole.html */
export const practitionerRoleSchema = schemaOf('PractitionerRole') as z.ZodType<PractitionerRole>;
/** https://hl7.org/fhir/R4/procedure.html */
export const procedureSchema = schemaOf('Procedure') as z.ZodType<Procedure>;
/** https://hl7.org/fhir/R4/relatedperson.html */
export const relatedPersonSchema = schemaOf('RelatedPerson') as z.ZodType<RelatedPerson>;
/** https://hl7.org/fhir/R4/schedule.html */
export const scheduleSchema = schemaOf('Schedule') as z.ZodType<Schedule>;
/** https://hl7.org/fhir/R4/slot.html */
export const slotSchema = schemaOf('Slot') as z.ZodType<Slot>;
