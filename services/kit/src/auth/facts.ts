import { NO_FACTS, PURPOSES } from '@careplane/access';
import type { Facts, Subject } from '@careplane/access';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { ServiceContext } from '../context.ts';
import { Unavailable } from '../http/errors.ts';
import { aborted } from '../resilience/backoff.ts';
import { createInternalClient } from './internal-client.ts';

/** The facts of a subject, as they were at most 50 ms ago. @throws Unavailable when they cannot be had */
export type FactsOf = (subject: Subject, signal: AbortSignal) => Promise<Facts>;

const id = z.string().min(1);
const period = { from: z.string().optional(), until: z.string().optional() };
const relations = z.array(z.object({ patient: id, ...period }));

/** The answer of `GET /internal/access-facts/<role>/<id>`. */
export const factsSchema = z.object({
  version: z.string(),
  actsFor: relations,
  treats: relations,
  breakGlass: relations,
  organizations: z.array(id).optional(),
  merged: z.array(z.array(id)).optional(),
  consents: z.array(
    z.object({
      patient: id,
      type: z.enum(['permit', 'deny']),
      recipients: z.array(id),
      purposes: z.array(z.enum(PURPOSES)),
      dataClasses: z.array(id),
      ...period,
    }),
  ),
});

export interface FactsOptions {
  /** How old facts may be, counted from when they were asked for, in milliseconds. A withdrawal counts after this at the latest. */
  readonly maxAgeMs?: number;
  /** How long somebody waits for them. Without them there is no answer, and late ones are as fresh: generous. */
  readonly waitMs?: number;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

interface Asked {
  readonly at: number;
  readonly facts: Promise<Facts>;
}

const SUBJECTS = 10_000;
const WAIT_MS = 5_000;
const ATTEMPT_MS = 2_000;

/** Asks identity for facts. Those who ask within the age share one call; nobody gets what is older, whatever happens. */
export function remoteFacts(ctx: ServiceContext, options: FactsOptions = {}): FactsOf {
  const identity = createInternalClient(ctx, 'identity');
  const { waitMs = WAIT_MS } = options;
  return recentFacts(
    async (path) =>
      (await identity.getJson(`/internal/access-facts/${path}`, factsSchema, {
        timeoutMs: Math.min(ATTEMPT_MS, waitMs),
      })) as Facts,
    options,
  );
}

/** The same over any source; see `remoteFacts`. */
export function recentFacts(ask: (path: string) => Promise<Facts>, options: FactsOptions = {}): FactsOf {
  const { maxAgeMs = 50, waitMs = WAIT_MS, now = () => performance.now() } = options;
  const known = new LRUCache<string, Asked>({ max: SUBJECTS });
  const askOnce = (path: string): Asked => {
    const recent = known.get(path);
    if (recent && now() - recent.at < maxAgeMs) return recent;
    const asked = { at: now(), facts: ask(path) };
    asked.facts.catch(() => {
      if (known.peek(path) === asked) known.delete(path);
    });
    known.set(path, asked);
    return asked;
  };
  return async (subject, signal) => {
    const path = pathOf(subject);
    if (path === undefined) return NO_FACTS;
    const over = AbortSignal.any([signal, AbortSignal.timeout(waitMs)]);
    try {
      return await Promise.race([askOnce(path).facts, failWhen(over)]);
    } catch (error) {
      throw new Unavailable(1, { detail: 'Access cannot be decided now', cause: error });
    }
  };
}

async function failWhen(signal: AbortSignal): Promise<never> {
  await aborted(signal);
  throw new TypeError('facts did not come in time');
}

/** Only these have relations to patients; what others may do does not depend on facts. */
function pathOf({ role, person, client }: Subject): string | undefined {
  switch (role) {
    case 'patient':
    case 'practitioner':
      return person && `${role}/${encodeURIComponent(person.id)}`;
    case 'app':
      return `app/${encodeURIComponent(client)}`;
    case 'frontdesk':
    case 'compliance':
    case 'admin':
      return undefined;
  }
}
