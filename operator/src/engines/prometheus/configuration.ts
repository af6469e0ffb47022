import { stringify } from 'yaml';
import { LABEL } from '../../api/group.ts';

/** How often every target is scraped: the shortest window of a rule is a minute, and each scrape costs every pod some milliseconds. */
const SCRAPE_INTERVAL = '10s';

/** Where Prometheus finds what it scrapes. */
export interface ScrapeScope {
  namespace: string;
  /** Name that resolves to the addresses of all operator pods. */
  operatorHost: string;
}

type Relabeling = Record<string, unknown>;

/** `careplane.dev/service` as Prometheus' service discovery names it. */
function podLabel(label: string): string {
  return `__meta_kubernetes_pod_label_${label.replaceAll(/[^a-zA-Z0-9_]/g, '_')}`;
}

/** Pods of the namespace that ask for it by label, at the port named `metrics`, and carry the label of their kind. */
function podJob(job: string, label: string, target: string, namespace: string): Record<string, unknown> {
  const relabelings: Relabeling[] = [
    { source_labels: [podLabel(label)], regex: '.+', action: 'keep' },
    { source_labels: ['__meta_kubernetes_pod_container_port_name'], regex: 'metrics', action: 'keep' },
    // A finished pod has no port to scrape.
    { source_labels: ['__meta_kubernetes_pod_phase'], regex: 'Pending|Succeeded|Failed', action: 'drop' },
    { source_labels: [podLabel(label)], target_label: target },
    { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
    { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod' },
    // Of services; what has no revision gets no label.
    { source_labels: [podLabel(LABEL.revision)], target_label: 'revision' },
  ];
  const selectors = [{ role: 'pod', label: `${LABEL.scrape}=true` }];
  return {
    job_name: job,
    kubernetes_sd_configs: [{ role: 'pod', namespaces: { names: [namespace] }, selectors }],
    relabel_configs: relabelings,
  };
}

/** The operators by name. `honor_labels` keeps the namespace of the object that a series is about: the alerts join on it. */
function operatorJob(namespace: string, host: string): Record<string, unknown> {
  return {
    job_name: 'operator',
    honor_labels: true,
    dns_sd_configs: [{ names: [host], type: 'A', port: 9090, refresh_interval: '10s' }],
    metric_relabel_configs: [{ source_labels: ['namespace'], regex: `|${namespace}`, action: 'keep' }],
  };
}

/**
 * `prometheus.yml`: the namespace's services and brokers by label, the operators by name, and Prometheus itself.
 * https://prometheus.io/docs/prometheus/2.53/configuration/configuration/
 */
export function prometheusConfig({ namespace, operatorHost }: ScrapeScope): string {
  return stringify({
    global: { scrape_interval: SCRAPE_INTERVAL, scrape_timeout: '4s', evaluation_interval: '15s' },
    rule_files: ['/etc/prometheus/rules/*.yaml'],
    scrape_configs: [
      podJob('services', LABEL.service, 'service', namespace),
      podJob('broker', LABEL.broker, 'broker', namespace),
      operatorJob(namespace, operatorHost),
      { job_name: 'prometheus', static_configs: [{ targets: ['localhost:9090'] }] },
    ],
  });
}
