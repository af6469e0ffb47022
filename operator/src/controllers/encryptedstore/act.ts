import type { EncryptedStore, EncryptedStoreStatus } from '../../api/encryptedstore.ts';
import { ENGINE_PORT } from '../../api/ports.ts';
import { convergeReplicaSet, type ReplicaSetReport } from '../../engines/mongodb/converge.ts';
import { rotateCertificates } from '../../engines/mongodb/member.ts';
import {
  convergeCertificates,
  withCertificates,
  type CertificateReport,
  type TlsMember,
} from '../../pki/current-certificates.ts';
import { reloadCertificates, withRedis } from '../../engines/redis/connection.ts';
import { convergeAcl } from '../../engines/redis/users.ts';
import {
  DependencyDown,
  type Context,
  type JudgedCondition,
  type Outcome,
} from '../../runtime/controller.ts';
import { describe } from '../../runtime/errors.ts';
import type { Zone } from '../../k8s/dns-names.ts';
import { isReady, podIndex } from '../../k8s/pods.ts';
import { memberAddress, memberHost, redisHost } from '../../engines/store-names.ts';
import { dataOnVolume } from './data-on-volume.ts';
import { departingStatus } from '../providers.ts';
import { PrimaryAvailable, UsersSynced } from './conditions.ts';
import type { Observed } from './observed.ts';
import { aclUsers } from './plan.ts';

/** Milliseconds between looks: at rest, and while something is under way. */
const REST = 30_000;
const MOVING = 2_000;

type StoreOutcome = Outcome<EncryptedStoreStatus>;

/**
 * Brings the database itself in line, once a pod is up. @throws DependencyDown when a ready pod does not answer, and the reason of
 * the context's signal when it is aborted
 */
export async function act(
  store: EncryptedStore,
  observed: Observed,
  zone: Zone,
  context: Pick<Context, 'signal' | 'now' | 'log'>,
): Promise<StoreOutcome> {
  const { signal } = context;
  // A pod that gets ready is an event; the time is for what has no event, as certificates that grow old.
  if (!observed.pods.some(isReady)) return { requeueAfterMs: REST };
  try {
    const outcome =
      store.spec.engine === 'mongodb'
        ? await actOnMongodb(store, observed, zone, signal)
        : await actOnRedis(store, observed, zone, signal);
    const conditions = [...(outcome.conditions ?? []), await dataOnVolume(store, observed, zone, context)];
    return withCertificates({ ...outcome, conditions }, await certificatesOf(store, observed, zone, context));
  } catch (error) {
    signal.throwIfAborted();
    const { namespace = '', name } = store.metadata;
    const message = `a pod is ready, but the database does not answer: ${describe(error)}`;
    const condition = PrimaryAvailable.because('Unreachable', message);
    throw new DependencyDown(`${store.spec.engine} ${namespace}/${name}`, condition, error);
  }
}

async function actOnMongodb(
  store: EncryptedStore,
  observed: Observed,
  zone: Zone,
  signal: AbortSignal,
): Promise<StoreOutcome> {
  const { pods, passwords, grace, certificate, root, services } = observed;
  const address = (index: number): string => memberAddress(store, index, zone);
  const report = await convergeReplicaSet(
    {
      members: Array.from({ length: store.spec.members }, (_, index) => address(index)),
      reachable: pods.filter(isReady).map((pod) => address(podIndex(pod))),
      users: [...passwords].map(([service, password]) => ({ service, password })),
      grace,
    },
    { ca: certificate.bundle, keyfile: root, signal },
  );
  return {
    conditions: [primaryCondition(report), ...usersCondition(report.userChanges, services.length)],
    ...(report.departing === undefined ? {} : { status: departingStatus(observed, report.departing) }),
    requeueAfterMs: report.isMoving ? MOVING : REST,
  };
}

async function actOnRedis(
  store: EncryptedStore,
  observed: Observed,
  zone: Zone,
  signal: AbortSignal,
): Promise<StoreOutcome> {
  const { certificate, root, services } = observed;
  const access = {
    host: redisHost(store, zone),
    port: ENGINE_PORT.redis,
    ca: certificate.bundle,
    password: root,
    signal,
  };
  const { changes, departing } = await withRedis(access, (client) =>
    convergeAcl(client, aclUsers(observed), observed.grace),
  );
  return {
    conditions: [
      PrimaryAvailable.because('Available', 'the server answers'),
      ...usersCondition(changes, services.length),
    ],
    status: departingStatus(observed, departing),
    requeueAfterMs: REST,
  };
}

function certificatesOf(
  store: EncryptedStore,
  observed: Observed,
  zone: Zone,
  { signal, now }: Pick<Context, 'signal' | 'now'>,
): Promise<CertificateReport> {
  const { pods, certificate, root } = observed;
  const { bundle: ca, pair, trustSince } = certificate;
  const isMongodb = store.spec.engine === 'mongodb';
  const port = ENGINE_PORT[store.spec.engine];
  const members = pods.filter(isReady).map((pod) => ({
    name: pod.metadata.name,
    host: isMongodb ? memberHost(store, podIndex(pod), zone) : redisHost(store, zone),
    port,
  }));
  const reload = ({ host }: TlsMember): Promise<void> =>
    isMongodb
      ? rotateCertificates(`${host}:${port}`, { ca, keyfile: root, signal })
      : withRedis({ host, port, ca, password: root, signal }, reloadCertificates);
  const wanted = pair.certificate;
  return convergeCertificates({ wanted, members, reload, trustSince, signal, now: now() });
}

/** The condition `PrimaryAvailable` of a replica set. */
export function primaryCondition({ view, note }: ReplicaSetReport): JudgedCondition {
  if (view?.primary === undefined)
    return PrimaryAvailable.because(
      view === undefined ? 'NotInitiated' : 'NoPrimary',
      note ?? 'no member is primary',
    );
  const healthy = `${view.healthy.length} of ${view.config.members.length} members are up`;
  const isWhole = view.healthy.length === view.config.members.length;
  const reason = note !== undefined ? 'Reconfiguring' : isWhole ? 'Available' : 'Degraded';
  return PrimaryAvailable.because(reason, note === undefined ? healthy : `${healthy}; ${note}`);
}

/** Nothing when nobody could be asked: the plan's condition stands. */
function usersCondition(changes: number | undefined, users: number): JudgedCondition[] {
  if (changes === undefined) return [];
  const message = `${users} services have a user with exactly the rights on their own data`;
  return [UsersSynced.because('Synced', message)];
}
