import { Forbidden, parametersSchema } from '@careplane/kit';
import type { OperationDefinition } from '@careplane/kit';
import { z } from 'zod';
import { parameterFault, parameterOf, queryFault } from '../fhir/parameters.ts';
import type { Parameter } from '../fhir/parameters.ts';
import type { Persons } from '../persons/persons.ts';
import { OUTCOMES } from './emergencies.ts';
import type { Emergencies, Emergency } from './emergencies.ts';

const reasonSchema = z.string().trim().min(10).max(1_000);
const reviewedSchema = z.enum(['true', 'false']).optional();
const hoursSchema = z.number().int().min(1).optional();

/** The operations on patients about emergency access. */
export function emergencyOperations(
  emergencies: Emergencies,
  persons: Pick<Persons, 'of'>,
): OperationDefinition[] {
  return [
    {
      name: '$break-glass',
      level: 'instance',
      methods: ['POST'],
      affectsState: true,
      documentation:
        'Opens the record of a patient in an emergency: parameter reason (at least 10 characters), hours (optional). Reads then say Purpose-Of-Use: BTG. Somebody is told at once, compliance reviews it, and the patient sees it.',
      body: parametersSchema,
      attributes: async (id) =>
        (await persons.of('Patient').read(id)) ? { id: [id], patient: [id] } : undefined,
      async run({ id = '', body }, { subject: { id: account, person }, signal, audit }) {
        if (person?.type !== 'Practitioner') throw new Forbidden();
        const reason = reasonSchema.safeParse(parameterOf(body, 'reason')?.valueString);
        if (!reason.success) throw parameterFault('reason', 'a reason of 10 to 1000 characters');
        const { valueInteger, valuePositiveInt } = parameterOf(body, 'hours') ?? {};
        const hours = hoursSchema.safeParse(valuePositiveInt ?? valueInteger);
        if (!hours.success) throw parameterFault('hours', 'a positive whole number');
        const opened = await emergencies.open(
          { account, practitionerId: person.id },
          { patientId: id, reason: reason.data, ...(hours.data === undefined ? {} : { hours: hours.data }) },
          { signal, audit },
        );
        return { status: 201, body: { resourceType: 'Parameters', parameter: [asParameter(opened)] } };
      },
    },
    {
      name: '$emergency-access',
      level: 'type',
      methods: ['GET'],
      documentation:
        'Which records were opened in an emergency, the latest first: a patient sees their own, compliance all (query parameters reviewed=true|false, patient=<id>). With reviewed=false those that have waited for longest come first.',
      async run({ query }, { decision }) {
        const reviewed = reviewedSchema.safeParse(query.get('reviewed') ?? undefined);
        if (!reviewed.success) throw queryFault('reviewed', 'true or false');
        const patientId = query.get('patient');
        const found = await emergencies.list(decision.constraint, {
          ...(reviewed.data === undefined ? {} : { isReviewed: reviewed.data === 'true' }),
          ...(patientId === null ? {} : { patientId: patientId.replace(/^Patient\//, '') }),
        });
        return { status: 200, body: { resourceType: 'Parameters', parameter: found.map(asParameter) } };
      },
    },
    {
      name: '$review-emergency-access',
      level: 'type',
      methods: ['POST'],
      affectsState: true,
      documentation:
        'Compliance marks an emergency access as reviewed: parameters grant (its id) and outcome (justified or unjustified).',
      body: parametersSchema,
      async run({ body }, { subject, signal, audit }) {
        const grant = parameterOf(body, 'grant')?.valueString ?? parameterOf(body, 'grant')?.valueId;
        const outcome = z.enum(OUTCOMES).safeParse(parameterOf(body, 'outcome')?.valueCode);
        if (grant === undefined) throw parameterFault('grant', 'the id of an emergency access');
        if (!outcome.success) throw parameterFault('outcome', OUTCOMES.join(' or '));
        const reviewed = await emergencies.review(
          grant,
          { by: subject.id, outcome: outcome.data },
          { signal, audit },
        );
        return { status: 200, body: { resourceType: 'Parameters', parameter: [asParameter(reviewed)] } };
      },
    },
  ];
}

function asParameter({
  _id,
  patientId,
  practitionerId,
  openedAt,
  until,
  reason,
  review,
}: Emergency): Parameter {
  return {
    name: 'grant',
    part: [
      { name: 'id', valueId: _id },
      { name: 'patient', valueReference: { reference: `Patient/${patientId}` } },
      { name: 'practitioner', valueReference: { reference: `Practitioner/${practitionerId}` } },
      { name: 'opened', valueInstant: openedAt.toISOString() },
      { name: 'until', valueInstant: until.toISOString() },
      { name: 'reason', valueString: reason },
      ...(review
        ? [
            { name: 'reviewed', valueInstant: review.at.toISOString() },
            { name: 'outcome', valueCode: review.outcome },
          ]
        : []),
    ],
  };
}
