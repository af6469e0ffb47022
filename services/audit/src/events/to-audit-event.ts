import type { AuditEntity, AuditEntry, AuditEvent, Stored } from '@careplane/kit';
import type { NameBook } from '../names/names.ts';
import { narrativeOf } from '../words/narrative.ts';
import { nameOf, wordsOf } from '../words/words.ts';
import type { Telling } from '../words/words.ts';
import { meaningOf, OUTCOME_CODES, typeOf } from './codes.ts';

const HL7 = 'http://terminology.hl7.org/CodeSystem';
/** Identifiers of what is no FHIR resource: accounts, apps, requests. */
const OWN = 'urn:careplane';

/** What of an entry is not encrypted: left when the patient's key is destroyed. */
export type ClearEntry = Pick<AuditEntry, 'id' | 'recorded' | 'service' | 'action' | 'outcome'>;

type Agent = AuditEvent['agent'][number];
type Entity = NonNullable<AuditEvent['entity']>[number];

/** An entry as a FHIR R4 AuditEvent, with what it says in plain words as its narrative. */
export function toAuditEvent(entry: AuditEntry, telling: Telling): Stored {
  const { reason, purpose, emergency, recorded } = entry;
  const { vocabulary } = telling;
  return {
    ...frameOf(entry),
    text: narrativeOf(wordsOf(entry, telling), { recorded, vocabulary }),
    ...(reason === undefined ? {} : { outcomeDesc: reason }),
    ...(purpose === undefined ? {} : { purposeOfEvent: [purposeCode(purpose)] }),
    agent: agentsOf(entry, telling.names),
    entity: [...entitiesOf(entry), ...(emergency === true ? [emergencyMark()] : [])],
  };
}

/** What is left of an entry whose content nobody can read: its patient was erased, or somebody has changed it in the database. */
export interface UnreadableEntry extends ClearEntry {
  readonly unreadable: 'erased' | 'changed';
}

/** What is said of such an entry. */
export const UNREADABLE = {
  erased: 'erased with the patient',
  changed: 'this entry was changed after it was logged and cannot be opened',
} as const;

export function toUnreadableAuditEvent(entry: UnreadableEntry): Stored {
  return {
    ...frameOf(entry),
    agent: [{ who: { display: UNREADABLE[entry.unreadable] }, requestor: true }],
  };
}

function frameOf({ id, recorded, service, action, outcome }: ClearEntry): Stored {
  const { subtypes, action: code } = meaningOf(action);
  return {
    resourceType: 'AuditEvent',
    id,
    meta: { versionId: '1', lastUpdated: recorded },
    type: typeOf(action),
    subtype: [...subtypes],
    action: code,
    recorded,
    outcome: OUTCOME_CODES[outcome],
    source: {
      site: service,
      observer: { reference: `Device/${service}`, display: service },
      type: [{ system: `${HL7}/security-source-type`, code: '4', display: 'Application Server' }],
    },
  };
}

function purposeCode(code: string): { coding: { system: string; code: string }[] } {
  return { coding: [{ system: `${HL7}/v3-ActReason`, code }] };
}

function agentsOf(entry: AuditEntry, names: NameBook): Agent[] {
  const { role, account, person, client } = entry.agent;
  const { purpose } = entry;
  const [name, app] = [nameOf(entry, names), client === undefined ? undefined : names.apps.get(client)];
  const requestor: Agent = {
    role: [{ coding: [{ system: `${OWN}:role`, code: role }] }],
    ...(person
      ? { who: { reference: `${person.type}/${person.id}` } }
      : account === undefined
        ? {}
        : { who: { identifier: { system: `${OWN}:account`, value: account } } }),
    ...(account === undefined ? {} : { altId: account }),
    ...(name === undefined ? {} : { name }),
    requestor: true,
    ...(purpose === undefined ? {} : { purposeOfUse: [purposeCode(purpose)] }),
  };
  if (client === undefined) return [requestor];
  const program: Agent = {
    type: {
      coding: [
        { system: 'http://dicom.nema.org/resources/ontology/DCM', code: '110150', display: 'Application' },
      ],
    },
    who: { identifier: { system: `${OWN}:client`, value: client } },
    ...(app === undefined ? {} : { name: app }),
    requestor: false,
  };
  return [requestor, program];
}

const PERSON = { system: `${HL7}/audit-entity-type`, code: '1', display: 'Person' };
const OBJECT = { system: `${HL7}/audit-entity-type`, code: '2', display: 'System Object' };
const OTHER = { system: `${HL7}/audit-entity-type`, code: '4', display: 'Other' };
const AS_PATIENT = { system: `${HL7}/object-role`, code: '1', display: 'Patient' };
const AS_RESOURCE = { system: `${HL7}/object-role`, code: '4', display: 'Domain Resource' };
const AS_QUERY = { system: `${HL7}/object-role`, code: '24', display: 'Query' };

function entitiesOf({ patient, entities, criteria, scopes, count, traceId }: AuditEntry): Entity[] {
  return [
    ...(patient === undefined
      ? []
      : [{ what: { reference: `Patient/${patient}` }, type: PERSON, role: AS_PATIENT }]),
    ...entities.map(entityOf),
    ...(criteria === undefined
      ? []
      : [
          {
            type: OBJECT,
            role: AS_QUERY,
            detail: criteria.map((name) => ({ type: 'parameter', valueString: name })),
          },
        ]),
    ...(scopes === undefined
      ? []
      : [{ type: OTHER, detail: scopes.map((scope) => ({ type: 'scope', valueString: scope })) }]),
    ...(count === undefined
      ? []
      : [{ type: OTHER, description: `stands for ${String(count)} refused requests` }]),
    ...(traceId === undefined
      ? []
      : [{ what: { identifier: { system: `${OWN}:trace`, value: traceId } }, type: OTHER }]),
  ];
}

/** FHIR's types begin with a capital; what else a service keeps is named by an identifier. */
const RESOURCE_TYPE = /^[A-Z]/;

function entityOf({ type, id, version, count }: AuditEntity): Entity {
  const description = count === undefined ? type : `${String(count)} ${type}`;
  if (id === undefined) return { type: OBJECT, role: AS_RESOURCE, description };
  if (!RESOURCE_TYPE.test(type)) {
    return { what: { identifier: { system: `${OWN}:${type}`, value: id } }, type: OBJECT, role: AS_RESOURCE };
  }
  const reference = version === undefined ? `${type}/${id}` : `${type}/${id}/_history/${version}`;
  return { what: { reference }, type: type === 'Patient' ? PERSON : OBJECT, role: AS_RESOURCE };
}

/** That the record was open because of an emergency, beside the purpose: it is what compliance looks for. */
function emergencyMark(): Entity {
  return { type: OTHER, description: 'emergency access (break-glass)' };
}
