import { troubleOf } from '../../../k8s/pod-trouble.ts';
import { readySince } from '../../../k8s/pods.ts';
import type { Pod } from '../../../k8s/types.ts';

/** Evidence against a revision. */
export interface Fault {
  reason: 'ProgressDeadlineExceeded' | 'CrashLooping' | 'BurnsSlo';
  /** For people. */
  message: string;
}

export interface Evidence {
  fault?: Fault;
  /** A fault may be due after this many milliseconds, without anything else happening. */
  againMs?: number;
}

/** It is kept in the status: a scheduler may have much to say. */
export const MESSAGE_LIMIT = 600;

/** Restarts of one container after which it is a crash loop: the fourth start, about 70 s after the first. */
const CRASHES = 3;

/** The fault of pods of which one crashes again and again, and none is ready. */
export function crashLoop(pods: readonly Pod[]): Fault | undefined {
  if (pods.some((pod) => readySince(pod) !== undefined)) return undefined;
  const isLooping = pods.some(({ status }) =>
    (status?.containerStatuses ?? []).some(({ restartCount = 0 }) => restartCount >= CRASHES),
  );
  return isLooping ? podFault('CrashLooping', pods) : undefined;
}

/** The fault of pods that do not get ready; `refusal` is why there are none, in the API server's words. */
export function podFault(reason: Fault['reason'], pods: readonly Pod[], refusal?: string): Fault {
  const message = troubleOf(pods)?.message ?? refusal ?? 'its pods do not become ready';
  return { reason, message: message.slice(0, MESSAGE_LIMIT) };
}
