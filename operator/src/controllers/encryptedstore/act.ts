import type { EncryptedStore, EncryptedStoreStatus } from '../../api/encryptedstore.ts';
import { ENGINE_PORT } from '../../api/ports.ts';
import { isConnectionError } from '../../engines/connection-error.ts';
import { judgeDataOnVolume } from '../../engines/data-volume.ts';
import { rotateCertificates } from '../../engines/mongodb/member.ts';
import {
  convergeCertificates,
  withCertificates,
  type CertificateReport,
  type TlsMember,
} from '../../pki/current-certificates.ts';
import { reloadCertificates, withRedis } from '../../engines/redis/connection.ts';
import type { Offers } from '../../engines/versions/offers.ts';
import { convergeAcl } from '../../engines/redis/users.ts';
import {
  DependencyDown,
  type Context,
  type JudgedCondition,
  type Outcome,
} from '../../runtime/controller.ts';
import { describe } from '../../runtime/errors.ts';
import type { Zone } from '../../k8s/dns-names.ts';
import { isReady, isStarted, podIndex, type EnginePod } from '../../k8s/pods.ts';
import type { RunningMember } from '../../engines/running-member.ts';
import { memberHost, redisHost } from '../../engines/store-names.ts';
import { departingStatus } from '../providers.ts';
import { PrimaryAvailable } from './conditions.ts';
import type { Observed } from './observed.ts';
import { askMembers, dataDirectory } from './members.ts';
import { aclUsers } from './plan.ts';
import { actOnMongodb, type ReplicaSetTurn } from './replica-set.ts';
import type { RestartContext } from '../engine-restarts.ts';
import { isSparePod, restartNext } from './restarts.ts';
import { usersCondition } from './users-condition.ts';
import { turnVersion } from './version-turn.ts';

/** Milliseconds between looks at rest. */
const REST = 30_000;

type StoreOutcome = Outcome<EncryptedStoreStatus>;
type ActContext = Pick<Context, 'signal' | 'now'> & RestartContext;

/**
 * Brings the database itself in line, once a pod is up. @throws DependencyDown when no started pod answers, and the reason of
 * the context's signal when it is aborted
 */
export async function act(
  store: EncryptedStore,
  observed: Observed,
  { zone, offers }: { zone: Zone; offers: Offers },
  context: ActContext,
): Promise<StoreOutcome> {
  const { signal } = context;
  const isMongodb = store.spec.engine === 'mongodb';
  // A pod that starts is an event; the time is for what has no event, as certificates that grow old.
  if (!observed.pods.some(isMongodb ? isStarted : isReady)) {
    await restartNext(store, observed, { primary: 'None' }, context);
    return { requeueAfterMs: REST };
  }
  try {
    const { outcome, primary }: ReplicaSetTurn = isMongodb
      ? await actOnMongodb(store, observed, zone, context)
      : { outcome: await actOnRedis(store, observed, zone, signal) };
    const members = await askMembers(store, observed, zone, context);
    const compatibility = outcome.status?.featureCompatibilityVersion;
    const version = await turnVersion(
      store,
      observed,
      { members, compatibility, primary },
      { ...context, offers },
    );
    const whole = merged(merged(outcome, version), { conditions: [dataOnVolume(store, observed, members)] });
    return withCertificates(whole, await certificatesOf(store, observed, zone, context));
  } catch (error) {
    signal.throwIfAborted();
    if (!isConnectionError(error)) throw error;
    // Servers whose certificate has expired answer nobody, and a restart is what they wait for.
    const isSpare = (pod: EnginePod, pods: readonly EnginePod[]): boolean =>
      isSparePod(pod, pods, observed.members);
    await restartNext(store, observed, { primary: 'Unknown', isSpare }, context);
    const { namespace = '', name } = store.metadata;
    const message = `a pod is up, but the database does not answer: ${describe(error)}`;
    const condition = PrimaryAvailable.because('Unreachable', message);
    throw new DependencyDown(`${store.spec.engine} ${namespace}/${name}`, condition, error);
  }
}

function dataOnVolume(
  store: EncryptedStore,
  { pods }: Observed,
  members: ReadonlyMap<string, RunningMember>,
): JudgedCondition {
  const directories = new Map([...members].map(([pod, { directory }]) => [pod, directory]));
  return judgeDataOnVolume(pods, dataDirectory(store), directories);
}

/** The earlier of two looks, and everything else of both. */
function merged(a: StoreOutcome, b: StoreOutcome): StoreOutcome {
  return {
    conditions: [...(a.conditions ?? []), ...(b.conditions ?? [])],
    status: { ...a.status, ...b.status },
    events: [...(a.events ?? []), ...(b.events ?? [])],
    requeueAfterMs: Math.min(a.requeueAfterMs ?? REST, b.requeueAfterMs ?? REST),
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
  const { users, refused: reserved } = aclUsers(observed);
  const { changes, refused, departing } = await withRedis(access, (client) =>
    convergeAcl(client, users, observed.grace),
  );
  return {
    conditions: [
      PrimaryAvailable.because('Available', 'the server answers'),
      ...usersCondition({ userChanges: changes, refused: [...reserved, ...refused] }, services.length),
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
