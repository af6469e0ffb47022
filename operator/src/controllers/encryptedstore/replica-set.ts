import type { EncryptedStore, EncryptedStoreStatus } from '../../api/encryptedstore.ts';
import { convergeReplicaSet, type ReplicaSetReport } from '../../engines/mongodb/converge.ts';
import { resyncsOf, type Resync } from '../../engines/mongodb/resync.ts';
import { memberAddress } from '../../engines/store-names.ts';
import type { Zone } from '../../k8s/dns-names.ts';
import { podIndex, startedPods, type EnginePod } from '../../k8s/pods.ts';
import { outdatedPods } from '../../k8s/restarts.ts';
import type { Context, JudgedCondition, Outcome } from '../../runtime/controller.ts';
import { isStaying } from '../../runtime/cache/staying.ts';
import { departingStatus } from '../providers.ts';
import { PrimaryAvailable } from './conditions.ts';
import type { Observed } from './observed.ts';
import { deletePod, restartNext, type RestartContext } from './restarts.ts';
import { usersCondition } from './users-condition.ts';

/** Milliseconds between looks: at rest, and while something is under way. */
const REST = 30_000;
const MOVING = 2_000;

/** Brings the members, their users and their pods one step towards what is wanted. */
export async function actOnMongodb(
  store: EncryptedStore,
  observed: Observed,
  zone: Zone,
  context: Pick<Context, 'signal' | 'now'> & RestartContext,
): Promise<Outcome<EncryptedStoreStatus>> {
  const { pods, passwords, grace, certificate, root, services } = observed;
  const address = (index: number): string => memberAddress(store, index, zone);
  const podOf = new Map(pods.map((pod) => [address(podIndex(pod)), pod]));
  const report = await convergeReplicaSet(
    {
      members: Array.from({ length: store.spec.members }, (_, index) => address(index)),
      reachable: startedPods(pods).map((pod) => address(podIndex(pod))),
      users: [...passwords].map(([service, password]) => ({ service, password })),
      grace,
    },
    { ca: certificate.bundle, keyfile: root, signal: context.signal },
  );
  const resyncing = await resync(store, report, podOf, context);
  const primary = podOf.get(report.view?.primary ?? '');
  const restarting = await restartMembers(store, observed, primary, context);
  const note = [report.note, resyncNote(resyncing), restarting].filter((text) => text !== undefined);
  return {
    conditions: [
      primaryCondition(
        { ...report, note: note.length === 0 ? undefined : note.join('; ') },
        observed.refusal,
      ),
      ...usersCondition(report, services.length),
    ],
    status: {
      ...(report.departing === undefined ? {} : departingStatus(observed, report.departing)),
      // A field that is there and undefined takes the planned one away.
      ...({ resyncing: resyncing.length === 0 ? undefined : resyncing } as { resyncing?: Resync[] }),
    },
    requeueAfterMs: note.length > 0 ? MOVING : REST,
  };
}

/** Notes the members that are too far behind, and deletes their pods once the note is in their ConfigMap. */
async function resync(
  { status }: EncryptedStore,
  { view, stale }: ReplicaSetReport,
  podOf: ReadonlyMap<string, EnginePod>,
  context: Pick<Context, 'now'> & RestartContext,
): Promise<Resync[]> {
  const noted = status?.resyncing ?? [];
  if (view === undefined) return [...noted];
  const podsOf = (hosts: readonly string[]): EnginePod[] =>
    hosts.map((host) => podOf.get(host)).filter((pod) => pod !== undefined);
  for (const pod of podsOf(stale)) {
    const known = noted.find(({ member }) => member === pod.metadata.name);
    const isBefore = known !== undefined && (pod.metadata.creationTimestamp ?? '') <= known.since;
    if (isBefore && isStaying(pod)) await deletePod(pod, 'it is too far behind to catch up', context);
  }
  return resyncsOf(noted, {
    stale: new Map(podsOf(stale).map(({ metadata }) => [metadata.name, metadata.creationTimestamp])),
    healthy: podsOf(view.healthy).map(({ metadata }) => metadata.name),
    now: context.now(),
  });
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
  primary: EnginePod | undefined,
  context: RestartContext,
): Promise<string | undefined> {
  await restartNext(
    store,
    observed,
    primary === undefined ? 'None' : { pod: primary.metadata.name },
    context,
  );
  const left = outdatedPods(observed.workload, observed.pods).length;
  return left === 0 ? undefined : 'pods are restarted one at a time, since their template has changed';
}

/** The condition `PrimaryAvailable` of a replica set. */
export function primaryCondition(
  { view, note }: Pick<ReplicaSetReport, 'view' | 'note'>,
  refusal?: string,
): JudgedCondition {
  if (view?.primary === undefined) {
    const reason = view === undefined ? 'NotInitiated' : 'NoPrimary';
    return PrimaryAvailable.because(
      refusal === undefined ? reason : 'PodsRefused',
      refusal ?? note ?? 'no member is primary',
    );
  }
  const up = `${view.healthy.length} of ${view.config.members.length} members are up`;
  const sick = view.sick.map(({ host, state }) => `${host.split('.')[0] ?? host} is ${state}`);
  const isWhole = view.healthy.length === view.config.members.length;
  const reason = note !== undefined ? 'Reconfiguring' : isWhole ? 'Available' : 'Degraded';
  const more = [note, refusal].filter((text) => text !== undefined);
  return PrimaryAvailable.because(reason, [up, ...sick, ...more].join('; '));
}
