import { parametersSchema } from '@careplane/kit';
import type { Interaction, OperationDefinition, Reply } from '@careplane/kit';
import { z } from 'zod';
import { parameterFault, parameterOf, queryFault } from '../fhir/parameters.ts';
import type { Parameter } from '../fhir/parameters.ts';
import type { Persons } from '../persons/persons.ts';
import type { Erasures } from './erasures.ts';
import type { LegalHolds } from './legal-holds.ts';
import { ERASURE_REASONS, HOLD_REASONS } from './records.ts';
import type { ErasureRecord, ErasureState, LegalHold } from './records.ts';

export interface ErasureOperations {
  readonly erasures: Erasures;
  readonly holds: LegalHolds;
}

const STATES = ['asked', 'approved', 'erasing', 'done', 'withdrawn'] as const satisfies ErasureState[];

/** The operations on patients about their erasure, and about what stands against it. */
export function erasureOperations(
  { erasures, holds }: ErasureOperations,
  persons: Pick<Persons, 'of'>,
): OperationDefinition[] {
  const change = (
    name: OperationDefinition['name'],
    documentation: string,
    run: (patientId: string, body: unknown, by: Interaction) => Promise<Reply>,
  ): OperationDefinition => ({
    name,
    level: 'instance',
    methods: ['POST'],
    affectsState: true,
    documentation,
    body: parametersSchema,
    attributes: async (id) =>
      (await persons.of('Patient').read(id)) ? { id: [id], patient: [id] } : undefined,
    run: ({ id = '', body }, by) => run(id, body, by),
  });
  return [
    change(
      '$place-legal-hold',
      'Nothing of the patient is destroyed while a hold is open: parameters reason (code) and until (instant, optional).',
      async (patientId, body, by) => {
        const reason = codeIn(body, 'reason', HOLD_REASONS);
        const until = parameterOf(body, 'until')?.valueInstant;
        if (until !== undefined && Date.parse(until) <= Date.now())
          throw parameterFault('until', 'a time that is to come');
        const end = until === undefined ? {} : { until: new Date(until) };
        return reply(201, [shownHold(await holds.place({ patientId, reason, ...end }, by))]);
      },
    ),
    change('$lift-legal-hold', 'Ends a hold: parameter hold (its id).', async (patientId, body, by) =>
      reply(200, [shownHold(await holds.lift(patientId, idIn(body, 'hold'), by))]),
    ),
    change(
      '$approve-erasure',
      'Approves an erasure that somebody else has asked for: parameter erasure (its id). It is done when it is due.',
      async (patientId, body, by) =>
        reply(200, [shownErasure(await erasures.approve(patientId, idIn(body, 'erasure'), by))]),
    ),
    change(
      '$withdraw-erasure',
      'Withdraws an erasure that is not done yet: parameter erasure (its id).',
      async (patientId, body, by) =>
        reply(200, [shownErasure(await erasures.withdraw(patientId, idIn(body, 'erasure'), by))]),
    ),
    change(
      '$erase',
      'Asks for the erasure of a patient, for good: parameter reason (code). Somebody else has to approve it.',
      async (patientId, body, by) => {
        const reason = codeIn(body, 'reason', ERASURE_REASONS);
        return reply(201, [shownErasure(await erasures.ask(patientId, reason, by))]);
      },
    ),
    {
      name: '$erasures',
      level: 'type',
      methods: ['GET'],
      documentation:
        'Erasures with their progress, the latest first (query parameters patient and state), and the legal holds of the patient that is named.',
      async run({ query }) {
        const patientId = query.get('patient')?.replace(/^Patient\//, '');
        const state = z
          .enum(STATES)
          .optional()
          .safeParse(query.get('state') ?? undefined);
        if (!state.success) throw queryFault('state', `one of ${STATES.join(', ')}`);
        const found = await erasures.list({
          ...(patientId === undefined ? {} : { patientId }),
          ...(state.data === undefined ? {} : { state: state.data }),
        });
        const held = patientId === undefined ? [] : await holds.of(patientId);
        return reply(200, [...found.map(shownErasure), ...held.map(shownHold)]);
      },
    },
  ];
}

function reply(status: number, parameter: readonly Parameter[]): Reply {
  return {
    status,
    body: { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) },
  };
}

function codeIn<C extends string>(body: unknown, name: string, codes: readonly C[]): C {
  const code = z.enum(codes).safeParse(parameterOf(body, name)?.valueCode);
  if (!code.success) throw parameterFault(name, codes.join(' or '));
  return code.data;
}

function idIn(body: unknown, name: string): string {
  const { valueId, valueString } = parameterOf(body, name) ?? {};
  const id = valueId ?? valueString;
  if (id === undefined) throw parameterFault(name, 'an id');
  return id;
}

function shownErasure(record: ErasureRecord): Parameter {
  const { _id, patients, reason, state, askedAt, dueAt, erasedAt, doneAt, left = [] } = record;
  return {
    name: 'erasure',
    part: [
      { name: 'id', valueId: _id },
      ...patients.map((id) => ({ name: 'patient', valueReference: { reference: `Patient/${id}` } })),
      { name: 'reason', valueCode: reason },
      { name: 'state', valueCode: state },
      { name: 'asked', valueInstant: askedAt.toISOString() },
      ...instant('due', dueAt),
      ...instant('erased', erasedAt),
      ...instant('done', doneAt),
      ...[...new Set(left.map((one) => one.split(' ')[0] ?? ''))].map((service) => ({
        name: 'waitsFor',
        valueString: service,
      })),
    ],
  };
}

function shownHold({ _id, reason, placedAt, until, liftedAt }: LegalHold): Parameter {
  return {
    name: 'hold',
    part: [
      { name: 'id', valueId: _id },
      { name: 'reason', valueCode: reason },
      { name: 'placed', valueInstant: placedAt.toISOString() },
      ...instant('until', until),
      ...instant('lifted', liftedAt),
    ],
  };
}

function instant(name: string, at: Date | undefined): Parameter[] {
  return at === undefined ? [] : [{ name, valueInstant: at.toISOString() }];
}
