import { CallFailed, describeError } from '@careplane/kit';
import type { AuditEntry, InternalClient, Logger } from '@careplane/kit';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';

const practitioner = z.object({ name: z.string(), organizations: z.array(z.string()) });
const emergency = z.object({
  patient: z.string(),
  practitioner: z.string(),
  from: z.string(),
  until: z.string(),
  reason: z.string(),
});
/** The answer of `POST /internal/directory`. */
const directory = z.object({
  practitioners: z.record(z.string(), practitioner),
  apps: z.record(z.string(), z.string()),
  emergencies: z.array(emergency),
});

export type Practitioner = z.infer<typeof practitioner>;
export type Emergency = z.infer<typeof emergency>;

/** Who is meant by the ids of some entries. What is not known is not in it. */
export interface NameBook {
  readonly practitioners: ReadonlyMap<string, Practitioner>;
  readonly apps: ReadonlyMap<string, string>;
  /** Records that were opened by break-glass, for the patients of these entries. */
  readonly emergencies: readonly Emergency[];
}

export interface Names {
  /** Never rejects for want of names: who did something is told by role and id, too. */
  of(entries: readonly AuditEntry[], signal?: AbortSignal): Promise<NameBook>;
}

export const NO_NAMES: NameBook = { practitioners: new Map(), apps: new Map(), emergencies: [] };

/** A name that was changed is shown anew after this, in milliseconds. */
const KNOWN = { max: 10_000, ttl: 60_000 };
/** Of one question. */
const MOST = 200;

export interface NamesParts {
  readonly identity: Pick<InternalClient, 'postJson'>;
  readonly logger: Pick<Logger, 'warn'>;
}

/** Asks identity, and remembers names for a minute. */
export function identityNames({ identity, logger }: NamesParts): Names {
  const practitioners = new LRUCache<string, Practitioner>(KNOWN);
  const apps = new LRUCache<string, string>(KNOWN);
  const ask = async (entries: readonly AuditEntry[], signal?: AbortSignal): Promise<readonly Emergency[]> => {
    const wanted = {
      practitioners: distinct(entries.map(practitionerOf)).filter((id) => !practitioners.has(id)),
      apps: distinct(entries.map(({ agent }) => agent.client)).filter((id) => !apps.has(id)),
      emergencies: distinct(entries.map((entry) => (isEmergency(entry) ? entry.patient : undefined))),
    };
    if (Object.values(wanted).every((ids) => ids.length === 0)) return [];
    const options = signal ? { signal } : {};
    const answer = await identity.postJson('/internal/directory', wanted, directory, options);
    for (const [id, found] of Object.entries(answer.practitioners)) practitioners.set(id, found);
    for (const [id, name] of Object.entries(answer.apps)) apps.set(id, name);
    return answer.emergencies;
  };
  return {
    async of(entries, signal) {
      let emergencies: readonly Emergency[] = [];
      try {
        emergencies = await ask(entries, signal);
      } catch (error) {
        if (!(error instanceof CallFailed)) throw error;
        logger.warn('names: identity cannot be asked', describeError(error));
      }
      return {
        practitioners: known(practitioners, entries.map(practitionerOf)),
        apps: known(
          apps,
          entries.map(({ agent }) => agent.client),
        ),
        emergencies,
      };
    },
  };
}

/** Whether it is part of a break-glass access: what opened the record, or what was seen by it. */
export function isEmergency({ emergency, action, outcome }: AuditEntry): boolean {
  return emergency === true || (action === '$break-glass' && outcome === 'granted');
}

function practitionerOf({ agent: { person } }: AuditEntry): string | undefined {
  return person?.type === 'Practitioner' ? person.id : undefined;
}

function distinct(ids: readonly (string | undefined)[]): string[] {
  return [...new Set(ids.filter((id) => id !== undefined))].slice(0, MOST);
}

function known<T extends object | string>(
  cache: LRUCache<string, T>,
  ids: readonly (string | undefined)[],
): ReadonlyMap<string, T> {
  return new Map(
    distinct(ids).flatMap((id) => {
      const found = cache.get(id);
      return found === undefined ? [] : [[id, found] as const];
    }),
  );
}
