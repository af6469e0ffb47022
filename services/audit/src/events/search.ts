import type { Constraint } from '@careplane/access';
import { Invalid, toMongoFilter } from '@careplane/kit';
import type {
  AttributeMap,
  BlindIndex,
  MongoMap,
  SearchFilter,
  SearchParameter,
  SearchQuery,
} from '@careplane/kit';
import type { Document, Filter } from 'mongodb';
import { agentToken, entityToken, ownerTokens, patientTokens } from '../sealing/sealed-entry.ts';
import { OUTCOME_CODES } from './codes.ts';

const R4 = 'http://hl7.org/fhir/SearchParameter';

export const PARAMETERS: Readonly<Record<string, SearchParameter>> = {
  patient: {
    type: 'reference',
    documentation: 'Whose data it was.',
    definition: `${R4}/AuditEvent-patient`,
    targets: ['Patient'],
  },
  agent: {
    type: 'reference',
    documentation: 'The person who did it.',
    definition: `${R4}/AuditEvent-agent`,
    targets: ['Patient', 'Practitioner'],
  },
  altid: {
    type: 'token',
    documentation: 'The account or the app that did it.',
    definition: `${R4}/AuditEvent-altid`,
  },
  entity: {
    type: 'reference',
    documentation: 'A resource that was looked at or changed.',
    definition: `${R4}/AuditEvent-entity`,
  },
  source: {
    type: 'reference',
    documentation: 'The service that recorded it, as `Device/<name>`.',
    definition: `${R4}/AuditEvent-source`,
    targets: ['Device'],
  },
  site: {
    type: 'token',
    documentation: 'The service that recorded it, by its name.',
    definition: `${R4}/AuditEvent-site`,
  },
  date: {
    type: 'date',
    documentation: 'When it was recorded.',
    definition: `${R4}/AuditEvent-date`,
    sortable: true,
  },
  type: {
    type: 'token',
    documentation: '`rest`, or a code of DICOM: 110114 for log-ins.',
    definition: `${R4}/AuditEvent-type`,
  },
  subtype: {
    type: 'token',
    documentation: 'The interaction (`read`, `search-type`, ...), operation (`$match`) or other action.',
    definition: `${R4}/AuditEvent-subtype`,
  },
  action: {
    type: 'token',
    documentation: 'C, R, U, D or E.',
    definition: `${R4}/AuditEvent-action`,
  },
  outcome: {
    type: 'token',
    documentation: '0 granted, 4 failed, 8 denied.',
    definition: `${R4}/AuditEvent-outcome`,
  },
  purpose: {
    type: 'token',
    documentation:
      'For what the data was used (v3-ActReason), as `TREAT`; `BTG`: break-glass. R5 has it, R4 has not.',
  },
};

const ATTRIBUTES: AttributeMap = {
  id: [{ path: '_id' }],
  patient: [{ path: 'index.patients' }],
  practitioner: [{ path: 'index.owners' }],
  organization: 'none',
  category: 'none',
  dataClass: 'none',
  author: 'none',
};

/** The MongoDB filter of a search over what is not encrypted, and over keyed digests of what is. */
export function auditFilter(
  query: Pick<SearchQuery, 'filters' | 'constraint'>,
  index: BlindIndex,
): Filter<Document> {
  const { filters } = query;
  return toMongoFilter({ filters, constraint: tokenized(query.constraint, index) }, mapOf(index));
}

/** A constraint about persons, about their digests. */
function tokenized(constraint: Constraint, index: BlindIndex): Constraint {
  if (constraint.kind === 'and' || constraint.kind === 'or')
    return { ...constraint, of: constraint.of.map((part) => tokenized(part, index)) };
  if (!('attribute' in constraint)) return constraint;
  const { attribute, values } = constraint;
  if (attribute === 'patient') return { ...constraint, values: patientTokens(index, values) };
  if (attribute === 'practitioner') return { ...constraint, values: ownerTokens(index, values) };
  return constraint;
}

function mapOf(index: BlindIndex): MongoMap {
  return {
    attributes: ATTRIBUTES,
    fields: {
      _id: { as: 'code', paths: ['_id'] },
      _lastUpdated: { as: 'instantText', paths: ['index.recorded'] },
      date: { as: 'instantText', paths: ['index.recorded'] },
      site: { as: 'code', paths: ['index.service'] },
      source: { as: 'reference', paths: ['index.service'], type: 'Device' },
      type: { as: 'own', filter: codes('index.type') },
      subtype: { as: 'own', filter: codes('index.subtype') },
      action: { as: 'code', paths: ['index.verb'] },
      outcome: { as: 'own', filter: outcomes },
      purpose: { as: 'own', filter: codes('index.purpose') },
      patient: {
        as: 'own',
        filter: references('index.patients', 'Patient', ({ id }) => patientTokens(index, [id])),
      },
      agent: {
        as: 'own',
        filter: references('index.agents', undefined, ({ target, id }) => agents(index, target, id)),
      },
      altid: { as: 'own', filter: altIds(index) },
      entity: {
        as: 'own',
        filter: references('index.entities', undefined, ({ target, id }) => entities(index, target, id)),
      },
    },
  };
}

type Reference = Extract<SearchFilter['values'][number], { type: 'reference' }>;

function references(
  path: string,
  only: string | undefined,
  tokensOf: (reference: Reference) => readonly string[],
): (filter: SearchFilter) => Filter<Document> {
  return ({ values }) => {
    const wanted = values
      .filter((value) => value.type === 'reference')
      .filter(({ target }) => only === undefined || target === undefined || target === only);
    return { [path]: { $in: wanted.flatMap(tokensOf) } };
  };
}

function agents(index: BlindIndex, target: string | undefined, id: string): readonly string[] {
  const types = target === undefined ? ['Patient', 'Practitioner'] : [target];
  return types.flatMap((type) => agentToken(index, `${type}/${id}`));
}

/** @throws Invalid without a type: digests are of whole references */
function entities(index: BlindIndex, target: string | undefined, id: string): readonly string[] {
  if (target === undefined)
    throw new Invalid([{ path: 'http.entity', message: 'a type is needed, as in Appointment/1' }]);
  return entityToken(index, `${target}/${id}`);
}

/** Codes are unique among the systems that are used. */
function codes(path: string): (filter: SearchFilter) => Filter<Document> {
  return ({ values }) => ({ [path]: { $in: tokens(values).flatMap(({ code }) => code ?? []) } });
}

function altIds(index: BlindIndex): (filter: SearchFilter) => Filter<Document> {
  return ({ values }) => {
    const wanted = tokens(values).flatMap(({ code }) => code ?? []);
    return { 'index.agents': { $in: wanted.flatMap((code) => agentToken(index, code)) } };
  };
}

function outcomes({ values }: SearchFilter): Filter<Document> {
  const wanted = new Set(tokens(values).map(({ code }) => code));
  const found = Object.entries(OUTCOME_CODES).filter(([, code]) => wanted.has(code));
  return { 'index.outcome': { $in: found.map(([outcome]) => outcome) } };
}

function tokens(
  values: SearchFilter['values'],
): readonly Extract<SearchFilter['values'][number], { type: 'token' }>[] {
  return values.filter((value) => value.type === 'token');
}
