import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { CallFailed } from '../auth/internal-client.ts';
import type { InternalClient } from '../auth/internal-client.ts';
import { Unavailable } from '../http/errors.ts';
import type { Persons } from './persons.ts';

/** The answer of `GET /internal/persons/<type>/<id>`. */
const person = z.object({ active: z.boolean() });

/** Somebody who was there is taken for there this long. Nobody is remembered as missing: they may register now. */
const REMEMBER_MS = 60_000;
const PERSONS = 20_000;

/** Asks identity, and remembers whom it knows. */
export function identityPersons(identity: Pick<InternalClient, 'getJson'>): Persons {
  const known = new LRUCache<string, true>({ max: PERSONS, ttl: REMEMBER_MS });
  return {
    async exists(type, id, signal): Promise<boolean> {
      const path = `${type}/${encodeURIComponent(id)}`;
      if (known.has(path)) return true;
      try {
        const { active } = await identity.getJson(`/internal/persons/${path}`, person, { signal });
        if (active) known.set(path, true);
        return active;
      } catch (error) {
        if (error instanceof CallFailed && error.status === 404) return false;
        if (error instanceof CallFailed) {
          throw new Unavailable(1, { detail: 'References cannot be checked now', cause: error });
        }
        throw error;
      }
    },
  };
}
