import { KeyDestroyed } from '@careplane/kit';
import type { AuditEntry, Binary, BlindIndex, DataKeys, RecordCipher } from '@careplane/kit';
import { LRUCache } from 'lru-cache';
import type { ClearFields, NewEntry } from '../log/index.ts';
import { AUDIT_KEY, CLINIC, indexOf, placeOf, subjectOf } from './sealed-entry.ts';
import type { EntryIndex } from './sealed-entry.ts';

/** What entries are sealed and found with. */
export interface Protection {
  readonly keys: DataKeys;
  readonly cipher: RecordCipher;
  readonly index: BlindIndex;
  /** Keys for the subjects of data keys, the current one first: see `subjectOf`. */
  readonly subjectKeys: readonly Buffer[];
}

/** An entry as the log keeps it. */
export interface SealedEntry extends NewEntry {
  readonly index: ClearFields & EntryIndex;
}

/** Seals entries, each under the key of its patient, or of the clinic. */
export interface Sealer {
  seal(entry: AuditEntry): Promise<SealedEntry>;
  /** @throws KeyDestroyed when the patient was erased; Tampered */
  open(id: string, sealed: Binary, index: Pick<EntryIndex, 'key' | 'subject'>): Promise<AuditEntry>;
}

/** Which key a patient has is asked for again after this: an erased one gets no entry for longer. */
const KNOWN = { max: 20_000, ttl: 60_000 };

export function createSealer({ keys, cipher, index, subjectKeys }: Protection): Sealer {
  const known = new LRUCache<string, Promise<string>>(KNOWN);
  const keyOf = (subject: string): Promise<string> => {
    const asked = known.get(subject) ?? keys.obtain({ subject, purpose: AUDIT_KEY });
    known.set(subject, asked);
    asked.catch(() => known.delete(subject));
    return asked;
  };
  const sealUnder = async (subject: string, entry: AuditEntry): Promise<SealedEntry> => {
    const key = await keyOf(subject);
    const sealed = await cipher.seal(key, placeOf(entry.id, subject), entry);
    return { id: entry.id, sealed: sealed.value(), index: { ...indexOf(index, entry, { key, subject }) } };
  };
  return {
    async seal(entry) {
      try {
        return await sealUnder(subjectOf(subjectKeys, entry), entry);
      } catch (error) {
        if (!(error instanceof KeyDestroyed)) throw error;
        // it came after the patient was erased: that there was an access stays, whose data it was does not
        return sealUnder(CLINIC, withoutPatient(entry));
      }
    },
    async open(id, sealed, { key, subject }) {
      return (await cipher.open(key, placeOf(id, subject), sealed)) as AuditEntry;
    },
  };
}

function withoutPatient(entry: AuditEntry): AuditEntry {
  const { patient, ...rest } = entry;
  return { ...rest, entities: patient === undefined ? entry.entities : [] };
}
