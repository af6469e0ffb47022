/**
 * How many replicas the metrics ask for, before bounds and stabilization. The CPU rule is the one of Kubernetes'
 * HorizontalPodAutoscaler (https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#algorithm-details).
 */

/** No change while the metric is within this share of its target: noise is not load. */
export const TOLERANCE = 0.1;

/** CPU of one pod; what has no metric yet (just started) has no usage. */
export interface PodCpu {
  /** Cores that it requests. */
  request: number;
  /** Cores that it uses. */
  usage?: number;
  /** What it uses is its start (loading, compiling), not load. */
  isStarting?: boolean;
}

/** Replicas for a backlog of `messages` (waiting and in work). One message is enough to wake a service. */
export function byQueue(messages: number, messagesPerReplica: number, current: number): number {
  const exact = messages / messagesPerReplica;
  return Math.abs(exact / current - 1) <= TOLERANCE ? current : Math.ceil(exact);
}

/**
 * Replicas for CPU use against `target` (percent of the request); `undefined` when no pod has a metric. Pods without one, or
 * just starting, count as idle under too much load and as busy under too little: the answer stays close to `current`.
 */
export function byCpu(all: readonly PodCpu[], target: number): number | undefined {
  if (sum(all.filter(isMeasured), request) <= 0) return undefined;
  const pods = all.map(({ isStarting, ...pod }) => (isStarting === true ? { request: pod.request } : pod));
  const current = pods.length;
  const atLeast = load(pods, target, 0);
  if (atLeast - 1 > TOLERANCE) return Math.ceil(current * atLeast);
  const atMost = load(pods, target, target);
  return 1 - atMost > TOLERANCE ? Math.ceil(current * atMost) : current;
}

function isMeasured(pod: PodCpu): boolean {
  return pod.usage !== undefined;
}

/** CPU use as a share of the target; pods without a metric are taken to use `unknown` percent of their request. */
function load(pods: readonly PodCpu[], target: number, unknown: number): number {
  const used = sum(pods, (pod) => pod.usage ?? (pod.request * unknown) / 100);
  return used / ((sum(pods, request) * target) / 100);
}

function request(pod: PodCpu): number {
  return pod.request;
}

function sum(pods: readonly PodCpu[], of: (pod: PodCpu) => number): number {
  return pods.reduce((total, pod) => total + of(pod), 0);
}
