import { digest } from '../runtime/apply/digest.ts';
import type { JudgedCondition } from '../runtime/controller.ts';
import { conditionType } from '../runtime/status/reasons.ts';
import { podsRefused, podTroubles } from './pod-trouble-reasons.ts';
import { troubleOf } from './pod-trouble.ts';
import type { Child, Pod, StatefulSet } from './types.ts';

const DEPENDENCY_DOWN = 'docs/operations/runbooks/CareplaneDependencyDown.md';

export const MembersCurrent = conditionType({
  type: 'MembersCurrent',
  kinds: ['EncryptedStore', 'MessageBroker', 'ObservabilityStack'],
  informs: true,
  hinders: true,
  meaning:
    'Whether every member runs as the spec says. An engine serves while members are replaced: it does not count for `Ready`, but for `Reconciling` and `Stalled`.',
  reasons: {
    AllCurrent: { status: 'True', meaning: 'Every member does.' },
    Replacing: { needsPerson: false, meaning: 'Members are being started or replaced.' },
    ...podsRefused(DEPENDENCY_DOWN),
    ...podTroubles(DEPENDENCY_DOWN),
  },
});

/** On the StatefulSet itself, so that no pod changes: what of its spec we applied. The API server's defaults do not matter. */
const DIGEST_ANNOTATION = 'careplane.dev/spec-digest';

/** The annotations of a StatefulSet that is to have the spec. */
export function digestAnnotation(spec: unknown): Record<string, string> {
  return { [DIGEST_ANNOTATION]: digest(spec) };
}

/** What was seen of the members. */
export interface SeenMembers {
  workload?: StatefulSet | undefined;
  pods: readonly Pod[];
  /** What the API server says of pods that it does not make. */
  refusal: string | undefined;
}

/** The condition `MembersCurrent` of the StatefulSet that is wanted. Pure. */
export function membersCurrent(
  wanted: Child,
  { workload: live, pods, refusal }: SeenMembers,
): JudgedCondition {
  const replicas = (wanted as StatefulSet).spec?.replicas ?? 0;
  const ready = live?.status?.readyReplicas ?? 0;
  const isCurrent = isApplied(wanted, live) && ready >= replicas && isRolledOut(live, replicas);
  if (isCurrent) return MembersCurrent.because('AllCurrent', 'every member runs as the spec says');
  const message = `members are being started or replaced: ${ready} of ${replicas} are ready`;
  return hindrance(pods, refusal) ?? MembersCurrent.because('Replacing', message);
}

function hindrance(pods: readonly Pod[], refusal: string | undefined): JudgedCondition | undefined {
  const trouble = troubleOf(pods);
  if (trouble !== undefined) return MembersCurrent.because(trouble.reason, trouble.message);
  return refusal === undefined ? undefined : MembersCurrent.because('PodsRefused', refusal);
}

function isApplied(wanted: Child, live: StatefulSet | undefined): live is StatefulSet {
  const [here, there] = [wanted, live].map((one) => one?.metadata.annotations?.[DIGEST_ANNOTATION]);
  return live !== undefined && here === there;
}

function isRolledOut({ metadata, status }: StatefulSet, replicas: number): boolean {
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  return isSeen && (status?.updatedReplicas ?? 0) >= replicas;
}
