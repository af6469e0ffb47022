import type { AuditEntry, BlindIndex } from '@careplane/kit';
import {
  agentNames,
  agentToken,
  entityNames,
  entityToken,
  indexOf,
  ownersOf,
  ownerTokens,
  patientTokens,
} from './sealed-entry.ts';
import type { EntryIndex } from './sealed-entry.ts';

/**
 * The fields by which an entry is found that do not say what its sealed record says. They are not hashed into the log, so that whoever can write
 * to the database could hide an entry from a search by changing them. (`key` and `subject` are bound to the record: with others it does not
 * open.)
 */
export function indexFaults(stored: EntryIndex, entry: AuditEntry, index: BlindIndex): string[] {
  const { key, subject } = stored;
  const wanted = indexOf(index, entry, { key, subject });
  const patients = entry.patient === undefined ? [] : [entry.patient];
  const lists: Readonly<Record<List, readonly (readonly string[])[]>> = {
    subtype: wanted.subtype.map((code) => [code]),
    owners: ownersOf(entry).map((id) => ownerTokens(index, [id])),
    patients: patients.map((id) => patientTokens(index, [id])),
    agents: agentNames(entry).map((name) => agentToken(index, name)),
    entities: entityNames(entry).map((name) => entityToken(index, name)),
  };
  const fields = new Set([...Object.keys(wanted), ...Object.keys(stored)]) as Set<keyof EntryIndex>;
  return [...fields].filter((field) =>
    isList(field) ? !isOf(stored[field], lists[field]) : stored[field] !== wanted[field],
  );
}

const LISTS = ['subtype', 'patients', 'agents', 'entities', 'owners'] as const;
type List = (typeof LISTS)[number];

function isList(field: keyof EntryIndex): field is List {
  return (LISTS as readonly string[]).includes(field);
}

/** Whether the list is of these values, each under a key that was there when it was written: an entry keeps those of before. */
function isOf(tokens: unknown, wanted: readonly (readonly string[])[]): boolean {
  if (!Array.isArray(tokens)) return false;
  const [stored, possible] = [new Set<unknown>(tokens), new Set<unknown>(wanted.flat())];
  return (
    [...stored].every((token) => possible.has(token)) &&
    wanted.every((ofOne) => ofOne.some((token) => stored.has(token)))
  );
}
