import path from 'node:path';
import { auditLogDirectory, kubectl, list, NAMESPACE, state, type Resource } from '../../src/cluster.ts';
import { cache } from './cache.ts';
import { database, type Member } from './database.ts';
import { folder, volume } from './files.ts';
import type { Place } from './place.ts';

const STORE_LABEL = 'careplane.dev/store';

/** The members of the clinic's stores of an engine. */
export async function membersOf(engine: 'mongodb' | 'redis'): Promise<Member[]> {
  const stores = await list('encryptedstores', '-n', NAMESPACE);
  const names = stores.filter(({ spec }) => spec?.['engine'] === engine).map(({ metadata }) => metadata.name);
  const pods = await list('pods', '-n', NAMESPACE);
  return names.flatMap((store) =>
    pods
      .filter(({ metadata }) => metadata.labels?.[STORE_LABEL] === store)
      .map(({ metadata }) => ({ store, pod: metadata.name })),
  );
}

/** The pods with a volume of their own. */
async function podsWithVolume(): Promise<Resource[]> {
  const pods = await list('pods', '-n', NAMESPACE);
  return pods.filter(({ spec }) =>
    (spec?.['volumes'] as object[] | undefined)?.some((one) => 'persistentVolumeClaim' in one),
  );
}

/** Everywhere that the clinic on the embedded cluster keeps bytes: engines, their volumes, logs, objects, names of series. */
export async function places(): Promise<Place[]> {
  const [databases, caches] = [await membersOf('mongodb'), await membersOf('redis')];
  return [
    ...databases.map(database),
    ...caches.map(cache),
    ...(await Promise.all((await podsWithVolume()).map(volume))),
    folder('logs of pods', path.join(state, 'pod-logs')),
    folder("logs of the cluster's programs", path.join(state, 'logs')),
    folder("the API server's audit log", auditLogDirectory),
    folder('objects of the cluster, events too', path.join(state, 'etcd')),
    series(),
  ];
}

/** All that Prometheus knows, in labels. */
function series(): Place {
  const matching = encodeURIComponent('{__name__!=""}');
  return {
    name: 'labels of metrics',
    async *read() {
      const pods = await list('pods', '-n', NAMESPACE);
      for (const { metadata } of pods.filter((pod) => pod.metadata.name.includes('prometheus'))) {
        const base = `/api/v1/namespaces/${NAMESPACE}/pods/${metadata.name}:9090/proxy`;
        yield Buffer.from(await kubectl('get', '--raw', `${base}/api/v1/series?match[]=${matching}`));
      }
    },
  };
}
