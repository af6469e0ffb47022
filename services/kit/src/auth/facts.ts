import { NO_FACTS } from '@careplane/access';
import type { Facts, Subject } from '@careplane/access';
import { LRUCache } from 'lru-cache';
import type { ServiceContext } from '../context.ts';
import { HttpProblem, Unauthorized, Unavailable, Unprocessable } from '../http/errors.ts';
import { inTime } from '../resilience/backoff.ts';
import { remoteFactsOf } from './facts-calls.ts';
import { distinctIds, pathsOf } from './facts-paths.ts';
import type { FactsAbout } from './facts-paths.ts';
import type { TokenFacts } from './facts-schema.ts';
import { CallFailed } from './internal-client.ts';

export interface FactsWish {
  readonly signal: AbortSignal;
  readonly about: FactsAbout;
}

/**
 * The facts of a subject, as they were at most 50 ms ago. @throws Unauthorized when its token has ended, Unavailable when that
 * cannot be told, Unprocessable when there are too many of them
 */
export type FactsOf = (subject: Subject, wish: FactsWish) => Promise<Facts>;

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
  readonly facts: Promise<TokenFacts>;
  /** When they have come: who asks then waits for nothing. */
  come?: TokenFacts;
}

const QUESTIONS = 10_000;
/** Less than the gateway waits for a service. */
const WAIT_MS = 8_000;

/** Asks identity for facts. Those who ask the same within the age share one call; nobody gets what is older, whatever happens. */
export function remoteFacts(ctx: ServiceContext, options: FactsOptions = {}): FactsOf {
  return recentFacts(remoteFactsOf(ctx, options.waitMs ?? WAIT_MS), options);
}

/** The same over any source; see `remoteFacts`. */
export function recentFacts(ask: (path: string) => Promise<TokenFacts>, options: FactsOptions = {}): FactsOf {
  const { maxAgeMs = 50, waitMs = WAIT_MS, now = () => performance.now() } = options;
  const known = new LRUCache<string, Asked>({ max: QUESTIONS });
  const askOnce = (path: string): Asked => {
    const recent = known.get(path);
    if (recent && now() - recent.at < maxAgeMs) return recent;
    const asked: Asked = { at: now(), facts: ask(path) };
    asked.facts.then(
      (facts) => {
        asked.come = facts;
      },
      () => {
        if (known.peek(path) === asked) known.delete(path);
      },
    );
    known.set(path, asked);
    return asked;
  };
  const answerTo = async (path: string, signal: AbortSignal): Promise<Facts> => {
    const { come, facts } = askOnce(path);
    const found = come && !signal.aborted ? come : await orUnavailable(inTime(facts, waitMs, signal));
    if (found.isOver === true) throw new Unauthorized('The token has ended', { challenge: ENDED });
    return found;
  };
  /** What is too much for one answer is asked for in halves: of one patient it is little. */
  const answersTo = async (
    subject: Subject,
    about: FactsAbout,
    signal: AbortSignal,
  ): Promise<readonly Facts[]> => {
    try {
      return await Promise.all(pathsOf(subject, about).map((path) => answerTo(path, signal)));
    } catch (error) {
      const isDivisible = typeof about !== 'string' && about.length > 1 && subject.role !== 'patient';
      if (!(error instanceof TooMuchToDecide) || !isDivisible) throw error;
      const middle = Math.ceil(about.length / 2);
      const halves = [about.slice(0, middle), about.slice(middle)];
      return (await Promise.all(halves.map((half) => answersTo(subject, half, signal)))).flat();
    }
  };
  return async (subject, { signal, about: said }) => {
    const about = typeof said === 'string' ? said : distinctIds(said);
    const facts = joined(await answersTo(subject, about, signal));
    // Of nobody nothing is asked, and nothing is known of anybody.
    return about.length === 0 ? { ...facts, about: [] } : facts;
  };
}

/** What several answers say together. */
function joined(answers: readonly Facts[]): Facts {
  const [first = NO_FACTS, ...more] = answers;
  if (more.length === 0) return first;
  const isWhole = answers.some(({ about }) => about === undefined);
  return {
    ...first,
    ...(isWhole ? {} : { about: answers.flatMap(({ about = [] }) => about) }),
    actsFor: answers.flatMap(({ actsFor }) => actsFor),
    treats: answers.flatMap(({ treats }) => treats),
    breakGlass: answers.flatMap(({ breakGlass }) => breakGlass),
    organizations: answers.flatMap(({ organizations = [] }) => organizations),
    shares: answers.flatMap(({ shares = [] }) => shares),
    merged: answers.flatMap(({ merged = [] }) => merged),
    consents: answers.flatMap(({ consents }) => consents),
  };
}

/** RFC 6750, 3.1: the client may get another token. */
const ENDED = 'Bearer realm="careplane", error="invalid_token"';

/** 422: there is more to decide from than one answer may hold, and the question cannot be divided. */
class TooMuchToDecide extends Unprocessable {
  constructor() {
    super('There are more relations and rules of consent than can be decided from at once: name the patient');
  }
}

/** Identity answers 422 to a question whose answer would be too large. */
function isTooMuch(error: unknown): boolean {
  return (error instanceof CallFailed || error instanceof HttpProblem) && error.status === 422;
}

async function orUnavailable(facts: Promise<TokenFacts>): Promise<TokenFacts> {
  try {
    return await facts;
  } catch (error) {
    if (isTooMuch(error)) throw new TooMuchToDecide();
    throw new Unavailable(1, { detail: 'Access cannot be decided now', cause: error });
  }
}
