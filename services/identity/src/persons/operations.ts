import { randomUUID } from 'node:crypto';
import { NONE } from '@careplane/access';
import type { Constraint } from '@careplane/access';
import { baseUrlOf, dataClassesOf, parametersSchema, patientSchema } from '@careplane/kit';
import type {
  AccessPort,
  Interaction,
  OperationDefinition,
  Parameters,
  Reply,
  Resource,
  Stored,
} from '@careplane/kit';
import { z } from 'zod';
import { parameterFault, parameterOf } from '../fhir/parameters.ts';
import { attributesOf } from './attributes.ts';
import { idIn } from './elements.ts';
import { KINDS } from './kinds/index.ts';
import { findMatches } from './match.ts';
import type { Match } from './match.ts';
import type { Merged } from './merge.ts';
import type { Persons } from './persons.ts';

/** The operations on patients. */
export function patientOperations(persons: Persons, access: AccessPort): OperationDefinition[] {
  return [
    {
      name: '$match',
      level: 'type',
      methods: ['POST'],
      documentation:
        'Finds patients that may be the one who is sent (parameter resource), with a score and a grade; onlyCertainMatches and count as in FHIR.',
      body: parametersSchema,
      decidesEach: true,
      run: async ({ body }, interaction) => match(persons, access, { body: body as Parameters, interaction }),
    },
    {
      name: '$merge',
      level: 'type',
      methods: ['POST'],
      affectsState: true,
      documentation:
        'Replaces the patient source-patient by target-patient: the source becomes inactive, both stay readable and link to each other.',
      body: parametersSchema,
      run: async ({ body }, interaction) => {
        const { source, target } = bothOf(body as Parameters);
        return merged(await persons.merges.merge(source, target, interaction));
      },
    },
    {
      name: '$unmerge',
      level: 'type',
      methods: ['POST'],
      affectsState: true,
      documentation: 'Undoes the merge of source-patient into target-patient.',
      body: parametersSchema,
      run: async ({ body }, interaction) => {
        const { source, target } = bothOf(body as Parameters);
        return merged(await persons.merges.undo(source, target, interaction));
      },
    },
  ];
}

const MOST_MATCHES = 50;
const countSchema = z.number().int().min(1).max(MOST_MATCHES).default(10);

async function match(
  persons: Persons,
  access: AccessPort,
  { body, interaction }: { body: Parameters; interaction: Interaction },
): Promise<Reply> {
  const asked = patientSchema.safeParse(parameterOf(body, 'resource')?.resource);
  if (!asked.success) throw parameterFault('resource', 'a Patient is needed');
  const count = countSchema.safeParse(parameterOf(body, 'count')?.valueInteger);
  if (!count.success) throw parameterFault('count', `1 to ${String(MOST_MATCHES)}`);
  const patients = persons.of('Patient');
  const matches = await findMatches({ patients, protection: persons.protection }, asked.data, {
    constraints: [interaction.decision.constraint, await searchable(access, interaction)],
    visible: (found) => visible(access, interaction, found),
    onlyCertain: parameterOf(body, 'onlyCertainMatches')?.valueBoolean === true,
    count: count.data,
  });
  return { status: 200, body: bundleOf(matches, baseUrlOf(interaction.req)) };
}

/** A match tells that somebody is there: it finds nobody whom a search would not find. */
async function searchable(
  access: AccessPort,
  { subject, purpose, signal }: Interaction,
): Promise<Constraint> {
  const outline = await access.outline(subject, 'search', 'Patient', { purpose, signal });
  return outline.effect === 'allow' ? outline.constraint : NONE;
}

/** Of the patients that were found those whom both a match and a search may show, as their consents say. */
async function visible(
  access: AccessPort,
  { subject, purpose, signal }: Interaction,
  found: readonly Stored[],
): Promise<Stored[]> {
  const resources = found.map((resource) => ({
    ...attributesOf(KINDS.Patient, resource),
    dataClass: dataClassesOf(resource),
  }));
  const decide = (action: '$match' | 'search'): ReturnType<AccessPort['decide']> =>
    access.decide(subject, action, { type: 'Patient', resources }, { purpose, signal });
  const decided = [await decide('$match'), await decide('search')];
  return found.filter((_, at) => decided.every((decisions) => decisions[at]?.effect === 'allow'));
}

const MATCH_GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade';

function bundleOf(matches: readonly Match[], base: string): Resource {
  const entry = matches.map(({ resource, score, grade }) => ({
    fullUrl: `${base}/Patient/${resource.id}`,
    resource,
    search: { extension: [{ url: MATCH_GRADE, valueCode: grade }], mode: 'match', score },
  }));
  return {
    resourceType: 'Bundle',
    id: randomUUID(),
    meta: { lastUpdated: new Date().toISOString() },
    type: 'searchset',
    total: matches.length,
    ...(entry.length > 0 ? { entry } : {}),
  };
}

function bothOf(body: Parameters): { readonly source: string; readonly target: string } {
  return { source: patientIn(body, 'source-patient'), target: patientIn(body, 'target-patient') };
}

function patientIn(body: Parameters, name: string): string {
  const id = idIn(parameterOf(body, name)?.valueReference?.reference, 'Patient');
  if (id === undefined) throw parameterFault(name, 'a reference to a Patient is needed');
  return id;
}

function merged({ source, target }: Merged): Reply {
  return {
    status: 200,
    body: {
      resourceType: 'Parameters',
      parameter: [
        { name: 'result', resource: target },
        { name: 'source', resource: source },
      ],
    },
  };
}
