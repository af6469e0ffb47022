import { compare } from './order.ts';
import type { ContainerStatus, Pod } from './types.ts';
import type { Trouble } from './pod-trouble-reasons.ts';
import { terminationSummary } from './termination-message.ts';
import { waitingTrouble } from './waiting-trouble.ts';

/** The trouble of the first pod (by name) that has any. */
export function troubleOf(pods: readonly Pod[]): Trouble | undefined {
  const inOrder = [...pods].sort((a, b) => compare(a.metadata.name, b.metadata.name));
  for (const pod of inOrder) {
    const trouble = unschedulable(pod) ?? containerTrouble(pod);
    if (trouble !== undefined) return { ...trouble, message: `pod ${pod.metadata.name}: ${trouble.message}` };
  }
  return undefined;
}

/** Why nobody can be asked while no pod is ready. @param refusal what the API server says of pods that it does not make */
export function whyNotReady(
  pods: readonly Pod[],
  refusal?: string,
): {
  reason: Trouble['reason'] | 'Starting' | 'PodsRefused';
  message: string;
} {
  const trouble = troubleOf(pods);
  if (trouble !== undefined) return trouble;
  return refusal === undefined
    ? { reason: 'Starting', message: 'no pod is ready yet' }
    : { reason: 'PodsRefused', message: refusal };
}

function unschedulable(pod: Pod): Trouble | undefined {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined;
  return { reason: 'Unschedulable', message: scheduled.message ?? 'no node has room for it' };
}

function containerTrouble(pod: Pod): Trouble | undefined {
  for (const status of pod.status?.containerStatuses ?? []) {
    const trouble = status.ready === true ? undefined : (crash(status) ?? waiting(status, pod));
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

/** Restarts after which also exit code 0 is trouble: a container that ends once may have been asked to, and is started again at once. */
const RESTARTS = 2;

/** A container that has ended is crash-looping, also in the moments when it runs again and is not ready yet. */
function crash(container: ContainerStatus): Trouble | undefined {
  const { name, state, lastState } = container;
  const ended = state?.terminated ?? lastState?.terminated;
  if (ended === undefined || (ended.exitCode === 0 && !endsAgainAndAgain(container))) return undefined;
  const why = ended.reason === undefined ? '' : ` (${ended.reason})`;
  return {
    reason: 'CrashLooping',
    message: `container ${name} ended with exit code ${String(ended.exitCode)}${why}: ${terminationSummary(ended.message) ?? 'see its log'}`,
  };
}

/** From the second end on kubelet waits before it starts the container again, and says so. */
function endsAgainAndAgain({ state, restartCount = 0 }: ContainerStatus): boolean {
  return state?.waiting?.reason === 'CrashLoopBackOff' || restartCount >= RESTARTS;
}

function waiting({ name, state }: ContainerStatus, pod: Pod): Trouble | undefined {
  const image = pod.spec?.containers?.find((container) => container.name === name)?.image ?? `(${name})`;
  return waitingTrouble(state?.waiting ?? {}, image);
}
