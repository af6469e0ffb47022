import { createHmac } from 'node:crypto';
import type { AuditEntry, BlindIndex, Place } from '@careplane/kit';
import { isSecurityEvent, meaningOf, typeOf } from '../events/codes.ts';

/**
 * By what an entry is found, beside the log: the kind of the access and its time in clear, persons and resources as keyed digests
 * (`BlindIndex.fingerprints`). A stolen database tells that somebody has read something, and neither who nor whose.
 */
export interface EntryIndex {
  /** RFC 3339 in UTC. A text: an index that expires documents looks at dates alone, so no index can be made that deletes entries. */
  readonly recorded: string;
  readonly service: string;
  /** Of AuditEvent: its type, subtype and action, by their codes. */
  readonly type: string;
  readonly subtype: readonly string[];
  readonly verb: string;
  readonly action: string;
  readonly outcome: AuditEntry['outcome'];
  /** Of use (v3-ActReason). */
  readonly purpose?: string;
  /** The data key of the sealed entry. */
  readonly key: string;
  /** Whose key it is, as `subjectOf` writes it. */
  readonly subject: string;
  readonly patients: readonly string[];
  readonly agents: readonly string[];
  readonly entities: readonly string[];
  /** Practitioners whose own account the entry is about. */
  readonly owners: readonly string[];
}

/** The data key of the clinic: for what is about no patient. */
export const CLINIC = 'Clinic';
/**
 * Whose key seals an entry. The id of the patient is a keyed digest: data keys name their subjects in clear, and who has only the database
 * must not see how often a patient's data was used. After a change of the lookup key a patient gets another data key.
 */
export function subjectOf(subjectKeys: readonly Buffer[], { patient }: Pick<AuditEntry, 'patient'>): string {
  const [current] = subjectKeys;
  if (patient === undefined || current === undefined) return CLINIC;
  return `Patient#${createHmac('sha256', current).update(patient).digest('base64url').slice(0, 22)}`;
}

/** Data keys of the audit are none of the records': erasing a patient destroys both. */
export const AUDIT_KEY = 'audit';

export function placeOf(id: string, subject: string): Place {
  return { subject, type: 'AuditEntry', id, version: 1, field: 'entry' };
}

export function patientTokens(index: BlindIndex, patients: readonly string[]): string[] {
  return patients.flatMap((id) => index.fingerprints(['audit patient', id]));
}

export function ownerTokens(index: BlindIndex, practitioners: readonly string[]): string[] {
  return practitioners.flatMap((id) => index.fingerprints(['audit owner', id]));
}

/** An agent is found by its person, its account and its app. */
export function agentNames({ agent: { person, account, client } }: Pick<AuditEntry, 'agent'>): string[] {
  return [
    ...(person ? [`${person.type}/${person.id}`] : []),
    ...(account === undefined ? [] : [account]),
    ...(client === undefined ? [] : [client]),
  ];
}

/** What was looked at or changed, as references. */
export function entityNames({ entities }: Pick<AuditEntry, 'entities'>): string[] {
  const references = entities.flatMap(({ type, id }) => (id === undefined ? [] : [`${type}/${id}`]));
  return [...new Set(references)];
}

export function agentToken(index: BlindIndex, name: string): string[] {
  return index.fingerprints(['audit agent', name]);
}

export function entityToken(index: BlindIndex, reference: string): string[] {
  return index.fingerprints(['audit entity', reference]);
}

export function indexOf(
  index: BlindIndex,
  entry: AuditEntry,
  { key, subject }: { readonly key: string; readonly subject: string },
): EntryIndex {
  const { recorded, service, action, outcome, purpose, patient } = entry;
  const { subtypes, action: verb } = meaningOf(action);
  return {
    recorded,
    service,
    type: typeOf(action).code ?? '',
    subtype: subtypes.flatMap(({ code: one }) => one ?? []),
    verb,
    action,
    outcome,
    ...(purpose === undefined ? {} : { purpose }),
    key,
    subject,
    patients: patientTokens(index, patient === undefined ? [] : [patient]),
    agents: agentNames(entry).flatMap((name) => agentToken(index, name)),
    owners: ownerTokens(index, ownersOf(entry)),
    entities: entityNames(entry).flatMap((reference) => entityToken(index, reference)),
  };
}

/** Practitioners whose accounts an event of security is about, by their ids. */
export function ownersOf({ action, entities }: AuditEntry): string[] {
  if (!isSecurityEvent(action)) return [];
  return entities.flatMap(({ type, id }) => (type === 'Practitioner' && id !== undefined ? [id] : []));
}
