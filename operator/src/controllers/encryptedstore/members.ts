import type { EncryptedStore } from '../../api/encryptedstore.ts';
import { ENGINE_PORT } from '../../api/ports.ts';
import * as mongodb from '../../engines/mongodb/member.ts';
import { DATA_DIRECTORY as MONGODB_DIRECTORY } from '../../engines/mongodb/workload.ts';
import * as redis from '../../engines/redis/connection.ts';
import { DATA_DIRECTORY as REDIS_DIRECTORY } from '../../engines/redis/workload.ts';
import type { RunningMember } from '../../engines/running-member.ts';
import { memberAddress, redisHost } from '../../engines/store-names.ts';
import type { Zone } from '../../k8s/dns-names.ts';
import { isReady, podIndex, type EnginePod } from '../../k8s/pods.ts';
import type { Context } from '../../runtime/controller.ts';
import { describe } from '../../runtime/errors.ts';
import type { Observed } from './observed.ts';

/** Where the store's engine is to keep its data. */
export function dataDirectory({ spec }: EncryptedStore): string {
  return spec.engine === 'mongodb' ? MONGODB_DIRECTORY : REDIS_DIRECTORY;
}

/** What the ready members say of themselves, by the names of their pods. One that does not answer is the business of other conditions. */
export async function askMembers(
  store: EncryptedStore,
  observed: Observed,
  zone: Zone,
  { signal, log }: Pick<Context, 'signal' | 'log'>,
): Promise<Map<string, RunningMember>> {
  const told = new Map<string, RunningMember>();
  for (const pod of observed.pods.filter(isReady)) {
    try {
      told.set(pod.metadata.name, await ask(store, pod, observed, { zone, signal }));
    } catch (error) {
      signal.throwIfAborted();
      log.warn('a member does not say where its data is', {
        pod: pod.metadata.name,
        error: describe(error),
      });
    }
  }
  return told;
}

const askMongod = oncePerVersion<RunningMember>();

/**
 * Keeps an answer for as long as the cached pod is the same object: a process that was started with something else is another status of
 * its pod. It saves a connection to each member in each look. A failure is not kept.
 */
export function oncePerVersion<T>(): (pod: EnginePod, read: () => Promise<T>) => Promise<T> {
  const answers = new WeakMap<EnginePod, T>();
  return async (pod, read) => {
    const answer = answers.get(pod) ?? (await read());
    answers.set(pod, answer);
    return answer;
  };
}

function ask(
  store: EncryptedStore,
  pod: EnginePod,
  { certificate: { bundle: ca }, root }: Observed,
  { zone, signal }: { zone: Zone; signal: AbortSignal },
): Promise<RunningMember> {
  if (store.spec.engine === 'mongodb') {
    const address = memberAddress(store, podIndex(pod), zone);
    return askMongod(pod, () => mongodb.readMember(address, { ca, keyfile: root, signal }));
  }
  const access = { host: redisHost(store, zone), port: ENGINE_PORT.redis, ca, password: root, signal };
  return redis.withRedis(access, redis.readServer);
}
