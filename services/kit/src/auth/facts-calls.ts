import type { ServiceContext } from '../context.ts';
import { inBatches } from '../resilience/in-batches.ts';
import { FACTS_PATH, factsAnswers, factsSchema, MOST_QUESTIONS } from './facts-schema.ts';
import type { TokenFacts } from './facts-schema.ts';
import { CallFailed, createInternalClient } from './internal-client.ts';
import type { InternalClient } from './internal-client.ts';

/** While pods start on a busy node an answer takes seconds, and asking again makes it later; a pod that is gone has a second chance. */
const ATTEMPT_MS = 4_000;

/**
 * Asks identity for the facts of a path. Who ask at the same time share one call, and none suffers by what another has asked; by role, since
 * those of an app, which has the consents of all patients, may take long.
 */
export function remoteFactsOf(
  ctx: Pick<ServiceContext, 'calls' | 'transport'>,
  waitMs: number,
): (path: string) => Promise<TokenFacts> {
  const calls = createFactsCalls(createInternalClient(ctx, 'identity'), Math.min(ATTEMPT_MS, waitMs));
  const byRole = new Map<string, (path: string) => Promise<TokenFacts>>();
  return (path) => {
    const role = path.slice(0, path.indexOf('/'));
    const ask = byRole.get(role) ?? inBatches(calls, { most: MOST_QUESTIONS });
    byRole.set(role, ask);
    return ask(path);
  };
}

/** One path is asked for by GET, which every identity of before answers, too. */
function createFactsCalls(
  identity: InternalClient,
  timeoutMs: number,
): (paths: readonly string[]) => Promise<(TokenFacts | Error)[]> {
  const one = async (path: string): Promise<TokenFacts | Error> => {
    try {
      return (await identity.getJson(`${FACTS_PATH}/${path}`, factsSchema, { timeoutMs })) as TokenFacts;
    } catch (error) {
      return Error.isError(error) ? error : new TypeError('a call failed with something that is no error');
    }
  };
  const together = async (paths: readonly string[]): Promise<readonly (TokenFacts | null)[]> => {
    try {
      const body = { asked: paths };
      const { facts } = await identity.postJson(FACTS_PATH, body, factsAnswers, { timeoutMs });
      if (facts.length !== paths.length) throw new CallFailed('identity', 502);
      return facts as (TokenFacts | null)[];
    } catch (error) {
      // An identity of before has no such route, and one question may be refused for all: each is then asked by itself.
      if (error instanceof CallFailed && !error.retryable) return [];
      throw error;
    }
  };
  return async (paths) => {
    const found = paths.length === 1 ? [] : await together(paths);
    return Promise.all(paths.map(async (path, i) => found[i] ?? (await one(path))));
  };
}
