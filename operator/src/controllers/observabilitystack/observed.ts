import type { EnginePod } from '../../k8s/pods.ts';
import type { Pod, StatefulSet } from '../../k8s/types.ts';
import type { KubeObject } from '../../runtime/kube.ts';
import type { Content } from './content.ts';
import type { PrometheusState } from '../../engines/prometheus/api.ts';

/** A pod that should be scraped. */
export interface ScrapedPod {
  name: string;
  /** `address:port` of its metrics. */
  address: string;
}

/** A Deployment, as far as it is judged. */
export interface Workload extends KubeObject {
  status?: { readyReplicas?: number };
}

/** What decides about a stack. */
export interface Observed {
  content: Content;
  prometheus: StatefulSet | undefined;
  grafana: Workload | undefined;
  /** Prometheus' own. */
  pods: readonly EnginePod[];
  /** What the API server says of its pod, when it does not make it. */
  refusal: string | undefined;
  grafanaPods: readonly Pod[];
  /** Pods that have been ready long enough to have been scraped. */
  scraped: ScrapedPod[];
  /** Absent: it is not up, or does not answer. */
  state: PrometheusState | undefined;
}
