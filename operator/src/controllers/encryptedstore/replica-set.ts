import type { EncryptedStore, EncryptedStoreStatus } from '../../api/encryptedstore.ts';
import { convergeReplicaSet, type ReplicaSetReport } from '../../engines/mongodb/converge.ts';
import { resyncsOf, type Resync } from '../../engines/mongodb/resync.ts';
import type { ReplicaSetView } from '../../engines/mongodb/replica-set.ts';
import type { WantedUser } from '../../engines/mongodb/users.ts';
import type { LeftBehind } from '../../engines/mongodb/staleness.ts';
import { memberAddress } from '../../engines/store-names.ts';
import { claimedIndexes } from '../../k8s/claims.ts';
import type { Zone } from '../../k8s/dns-names.ts';
import { podIndex, startedPods, type EnginePod } from '../../k8s/pods.ts';
import { outdatedPods } from '../../k8s/restarts.ts';
import type { Context, EventNote, JudgedCondition, Outcome } from '../../runtime/controller.ts';
import { isStaying } from '../../runtime/cache/staying.ts';
import { departingStatus } from '../providers.ts';
import { PrimaryAvailable, Resyncing } from './conditions.ts';
import type { Observed } from './observed.ts';
import { deletePod, type RestartContext } from '../engine-restarts.ts';
import { isSpareIn, restartNext } from './restarts.ts';
import { usersCondition } from './users-condition.ts';

/** Milliseconds between looks: at rest, and while something is under way. */
const REST = 30_000;
const MOVING = 2_000;

/** What was found and done, and who takes writes now. */
export interface ReplicaSetTurn {
  outcome: Outcome<EncryptedStoreStatus>;
  /** `host:port`. */
  primary?: string | undefined;
}

/** What a service may do; of one that departs, what it could. */
function rightsOf(
  service: string,
  { services, insertOnly }: Pick<Observed, 'services' | 'insertOnly'>,
): Pick<WantedUser, 'rights'> {
  if (!services.includes(service)) return { rights: 'AsTheyAre' };
  const mutableCollections = insertOnly.get(service);
  return mutableCollections ? { rights: { mutableCollections } } : {};
}

/** Brings the members, their users and their pods one step towards what is wanted. */
export async function actOnMongodb(
  store: EncryptedStore,
  observed: Observed,
  zone: Zone,
  context: Pick<Context, 'signal' | 'now'> & RestartContext,
): Promise<ReplicaSetTurn> {
  const { pods, passwords, grace, certificate, root, services } = observed;
  const address = (index: number): string => memberAddress(store, index, zone);
  const podOf = new Map(pods.map((pod) => [address(podIndex(pod)), pod]));
  const report = await convergeReplicaSet(
    {
      members: Array.from({ length: store.spec.members }, (_, index) => address(index)),
      reachable: startedPods(pods).map((pod) => address(podIndex(pod))),
      holders: holders(observed).map(address),
      wasInitiated: store.status?.featureCompatibilityVersion !== undefined,
      users: [...passwords].map(([service, password]) => ({
        service,
        password,
        ...rightsOf(service, observed),
      })),
      grace,
    },
    { ca: certificate.bundle, keyfile: root, signal: context.signal },
  );
  const resyncing = await resync(store, report, podOf, context);
  const primary = podOf.get(report.view?.primary ?? '');
  const restarting = await restartMembers(store, observed, { primary, view: report.view }, context);
  const notes = [report.note, resyncNote(resyncing), restarting].filter((text) => text !== undefined);
  const note = notes.length === 0 ? undefined : notes.join('; ');
  const outcome = {
    conditions: [
      primaryCondition({ ...report, note }, observed.refusal),
      ...usersCondition(report, services.length),
    ],
    status: statusOf(observed, report, resyncing),
    events: resyncEvents(store.status?.resyncing ?? [], resyncing),
    requeueAfterMs: note === undefined ? REST : MOVING,
  };
  return { outcome, primary: report.view?.primary };
}

function statusOf(
  observed: Observed,
  { compatibility, departing }: ReplicaSetReport,
  resyncing: Resync[],
): Partial<EncryptedStoreStatus> {
  return {
    ...(compatibility === undefined ? {} : { featureCompatibilityVersion: compatibility }),
    ...(departing === undefined ? {} : departingStatus(observed, departing)),
    // A field that is there and undefined takes the planned one away.
    ...({ resyncing: resyncing.length === 0 ? undefined : resyncing } as { resyncing?: Resync[] }),
  };
}

/** Indexes of the members that may have data. Pure. */
export function holders({ claims, workload }: Pick<Observed, 'claims' | 'workload'>): number[] {
  const made = Array.from({ length: workload?.spec?.replicas ?? 0 }, (_, index) => index);
  return [...new Set([...made, ...claimedIndexes(claims)])].sort((a, b) => a - b);
}

/** Notes the members that are too far behind, and deletes their pods once the note is in their ConfigMap. */
async function resync(
  { status }: EncryptedStore,
  { view, behind }: ReplicaSetReport,
  podOf: ReadonlyMap<string, EnginePod>,
  context: Pick<Context, 'now'> & RestartContext,
): Promise<Resync[]> {
  const podsOf = (hosts: readonly string[]): EnginePod[] =>
    hosts.map((host) => podOf.get(host)).filter((pod) => pod !== undefined);
  const stale = behind.isMajorityCurrent ? podsOf(behind.hosts).filter(isStaying) : [];
  const told = toldResyncs(status).map(({ pod }) => pod);
  for (const pod of stale.filter(({ metadata }) => told.includes(metadata.uid ?? '')))
    await deletePod(pod, 'it is too far behind to catch up', context);
  return resyncsOf(status?.resyncing ?? [], {
    stale: new Map(stale.map(({ metadata }) => [metadata.name, metadata.uid ?? ''])),
    healthy: podsOf(view?.healthy ?? []).map(({ metadata }) => metadata.name),
    isSafe: view?.primary !== undefined && view.healthy.length >= view.majority && behind.isMajorityCurrent,
    now: context.now(),
  });
}

/** The resyncs that pods are told of: none while the set has no primary, since then nobody knows whose data is the best. */
export function toldResyncs(status: EncryptedStoreStatus | undefined): Resync[] {
  const isPrimaryThere = status?.conditions?.some(
    (one) => one.type === PrimaryAvailable.type && one.status === 'True',
  );
  return isPrimaryThere === true ? (status?.resyncing ?? []) : [];
}

/** A warning for each that begins: how often a member falls behind is a question of its oplog's size. Pure. */
export function resyncEvents(noted: readonly Resync[], resyncing: readonly Resync[]): EventNote[] {
  return resyncing
    .filter(({ pod }) => noted.every((one) => one.pod !== pod))
    .map(({ member }) =>
      Resyncing.note(`${member} was too far behind to catch up: its data is removed and copied anew`),
    );
}

function resyncNote(resyncing: readonly Resync[]): string | undefined {
  if (resyncing.length === 0) return undefined;
  const who = resyncing.map(({ member }) => member).join(', ');
  return `${who} was too far behind to catch up: its data is removed and copied anew`;
}

/** Resolves to what is going on, for people. */
async function restartMembers(
  store: EncryptedStore,
  observed: Observed,
  { primary, view }: { primary: EnginePod | undefined; view: ReplicaSetView | undefined },
  context: RestartContext,
): Promise<string | undefined> {
  const asked = {
    primary: primary === undefined ? ('None' as const) : { pod: primary.metadata.name },
    isSpare: (pod: EnginePod) => view === undefined || isSpareIn(view, pod),
  };
  await restartNext(store, observed, asked, context);
  const left = outdatedPods(observed.workload, observed.pods).length;
  return left === 0 ? undefined : 'pods are restarted one at a time, since their template has changed';
}

/** The condition `PrimaryAvailable` of a replica set. */
export function primaryCondition(
  { view, note, behind, isDataLost }: Pick<ReplicaSetReport, 'view' | 'note' | 'behind' | 'isDataLost'>,
  refusal?: string,
): JudgedCondition {
  if (view?.primary === undefined) {
    const told = note ?? 'no member is primary';
    if (isDataLost === true) return PrimaryAvailable.because('DataLost', told);
    if (refusal !== undefined) return PrimaryAvailable.because('PodsRefused', refusal);
    return PrimaryAvailable.because(view === undefined ? 'NotInitiated' : 'NoPrimary', told);
  }
  if (!behind.isMajorityCurrent) return PrimaryAvailable.because('MajorityStale', majorityStale(behind));
  const up = `${view.healthy.length} of ${view.config.members.length} members are up`;
  const sick = view.sick.map(({ host, state }) => `${podName(host)} is ${state}`);
  const isWhole = view.healthy.length === view.config.members.length;
  const reason = note !== undefined ? 'Reconfiguring' : isWhole ? 'Available' : 'Degraded';
  const more = [note, refusal].filter((text) => text !== undefined);
  return PrimaryAvailable.because(reason, [up, ...sick, ...more].join('; '));
}

function majorityStale({ hosts }: LeftBehind): string {
  const who = hosts.map(podName).join(', ');
  return `${who} cannot catch up any more, and without them no majority has the data: nothing is removed automatically`;
}

function podName(host: string): string {
  return host.split('.')[0] ?? host;
}
