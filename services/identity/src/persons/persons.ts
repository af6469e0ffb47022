import type { Mongo, Outbox, Idempotency } from '@careplane/kit';
import { isActedFor as isActedForIn } from '../proxies/acted-for.ts';
import { KINDS } from './kinds/index.ts';
import { Merges } from './merge.ts';
import type { PersonType } from './person-record.ts';
import { PersonStore } from './person-store.ts';
import type { Protection } from './sealing.ts';

/** Persons and places of the clinic. */
export interface Persons {
  readonly mongo: Mongo;
  readonly protection: Protection;
  readonly merges: Merges;
  of(type: PersonType): PersonStore;
}

/** Opens the stores of every type; their collections must be declared. */
export function createPersons(parts: {
  readonly mongo: Mongo;
  readonly outbox: Outbox;
  readonly idempotency: Idempotency;
  readonly protection: Protection;
}): Persons {
  const { mongo, protection } = parts;
  const isActedFor = async (patientId: string): Promise<boolean> =>
    isActedForIn(mongo, await merges.allOf(patientId));
  const stores = new Map(
    Object.values(KINDS).map((kind) => [kind.type, new PersonStore({ ...parts, isActedFor }, kind)]),
  );
  const of = (type: PersonType): PersonStore => {
    const store = stores.get(type);
    if (!store) throw new TypeError(`no store of ${type}`);
    return store;
  };
  const merges = new Merges({ ...parts, patients: of('Patient') });
  return { mongo, protection, of, merges };
}
