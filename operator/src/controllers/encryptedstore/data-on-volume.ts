import type { EncryptedStore } from '../../api/encryptedstore.ts';
import { ENGINE_PORT } from '../../api/ports.ts';
import { judgeDataOnVolume } from '../../engines/data-volume.ts';
import * as mongodb from '../../engines/mongodb/member.ts';
import { DATA_DIRECTORY as MONGODB_DIRECTORY } from '../../engines/mongodb/workload.ts';
import * as redis from '../../engines/redis/connection.ts';
import { DATA_DIRECTORY as REDIS_DIRECTORY } from '../../engines/redis/workload.ts';
import { memberAddress, redisHost } from '../../engines/store-names.ts';
import type { Zone } from '../../k8s/dns-names.ts';
import { isReady, podIndex, type EnginePod } from '../../k8s/pods.ts';
import type { Context, JudgedCondition } from '../../runtime/controller.ts';
import { describe } from '../../runtime/errors.ts';
import type { Observed } from './observed.ts';

/** Where the store's engine is to keep its data. */
export function dataDirectory({ spec }: EncryptedStore): string {
  return spec.engine === 'mongodb' ? MONGODB_DIRECTORY : REDIS_DIRECTORY;
}

/** `DataOnVolume`, after every ready member was asked. A member that does not answer is the business of other conditions. */
export async function dataOnVolume(
  store: EncryptedStore,
  observed: Observed,
  zone: Zone,
  { signal, log }: Pick<Context, 'signal' | 'log'>,
): Promise<JudgedCondition> {
  const told = new Map<string, string>();
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
  return judgeDataOnVolume(observed.pods, dataDirectory(store), told);
}

const askMongod = oncePerVersion();

/**
 * Keeps an answer for as long as the cached pod is the same object: a process that was started with something else is another status of
 * its pod. It saves a connection to each member in each look. A failure is not kept.
 */
export function oncePerVersion(): (pod: EnginePod, read: () => Promise<string>) => Promise<string> {
  const answers = new WeakMap<EnginePod, string>();
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
): Promise<string> {
  if (store.spec.engine === 'mongodb') {
    const address = memberAddress(store, podIndex(pod), zone);
    return askMongod(pod, () => mongodb.readDataDirectory(address, { ca, keyfile: root, signal }));
  }
  const access = { host: redisHost(store, zone), port: ENGINE_PORT.redis, ca, password: root, signal };
  return redis.withRedis(access, redis.readDataDirectory);
}
