import { describe, expect, it } from '@jest/globals';
import { USUAL_DNS_SERVERS } from '../../k8s/dns-servers.ts';
import { parse } from 'yaml';
import type { ObservabilityStack } from '../../api/observabilitystack.ts';
import type { AnyObject } from '../../runtime/kube.ts';
import { enginePod } from '../../engines/fixtures/engine-pod.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';

const stack = {
  apiVersion: 'careplane.dev/v1alpha1',
  kind: 'ObservabilityStack',
  metadata: { name: 'monitoring', namespace: 'clinic' },
  spec: { retention: '7d', storage: { size: '2Gi' } },
} satisfies ObservabilityStack;

const settings = {
  dnsServers: USUAL_DNS_SERVERS,
  apiServerPorts: [443],
  imagePullSecrets: [],
  clusterDomain: 'cluster.local',
  imagePullPolicy: 'IfNotPresent' as const,
  leaseNamespace: 'careplane-system',
  leaseName: 'careplane-operator',
  prometheusImage: 'prometheus:1',
  grafanaImage: undefined as string | undefined,
};

const running = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'x' },
  status: { readyReplicas: 1 },
};

const PROMETHEUS = {
  up: new Set(['10.0.0.1:9090']),
  ruleFiles: new Set(['a.yaml']),
  failingRules: [] as string[],
  dataDirectory: '/var/lib/careplane/data',
};

function observed(changes: Partial<Observed> = {}): Observed {
  return {
    content: { rules: { 'a.yaml': 'groups: []' }, dashboards: { 'd.json': '{}' } },
    prometheus: running,
    grafana: undefined,
    grafanaPods: [],
    scraped: [{ name: 'identity-1', address: '10.0.0.1:9090' }],
    pods: [enginePod('monitoring-prometheus-0', { finding: 'seen' })],
    refusal: undefined,
    state: PROMETHEUS,
    ...changes,
  };
}

function conditions(changes: Partial<Observed> = {}): Record<string, string> {
  const judged = plan(stack, observed(changes), settings).conditions;
  return Object.fromEntries(judged.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}

function child(kind: string, name: string): AnyObject | undefined {
  const { children } = plan(stack, observed(), settings);
  return children.find((object) => object.kind === kind && object.metadata.name === name);
}

describe('the plan of an ObservabilityStack', () => {
  it('is all True when every pod is scraped and every rule file is loaded', () => {
    expect(conditions()).toEqual({
      PrometheusAvailable: 'True Running',
      DataOnVolume: 'True OnVolume',
      MembersCurrent: 'False Replacing',
      TargetsUp: 'True AllScraped',
      RulesLoaded: 'True AllLoaded',
    });
  });

  it("has the API server's words when the pod of Prometheus is refused", () => {
    const refused = observed({
      prometheus: undefined,
      pods: [],
      state: undefined,
      refusal: 'exceeded quota',
    });
    expect(plan(stack, refused, settings).conditions[0]).toMatchObject({
      reason: 'PodsRefused',
      message: 'exceeded quota',
    });
  });

  it('names a pod that asks to be scraped and is not', () => {
    const scraped = [{ name: 'identity-2', address: '10.0.0.2:9090' }];
    const target = plan(stack, observed({ scraped }), settings);
    const judged = target.conditions.find(({ type }) => type === 'TargetsUp');
    expect(judged?.status).toBe('False');
    expect(judged?.message).toContain('identity-2');
    expect(target.status).toEqual({ targets: 1, targetsUp: 0 });
  });

  it('says that a rule file is missing, and that a rule fails', () => {
    expect(conditions({ state: { ...PROMETHEUS, ruleFiles: new Set() } })).toMatchObject({
      RulesLoaded: 'False RulesMissing',
    });
    expect(conditions({ state: { ...PROMETHEUS, failingRules: ['X'] } })).toMatchObject({
      RulesLoaded: 'False RulesFailing',
    });
  });

  it('is not Ready with its data beside the volume', () => {
    const elsewhere = { ...PROMETHEUS, dataDirectory: '/prometheus' };
    expect(conditions({ state: elsewhere })).toMatchObject({ DataOnVolume: 'False DataElsewhere' });
  });

  it('does not know about targets while Prometheus is silent', () => {
    expect(conditions({ state: undefined })).toMatchObject({ TargetsUp: 'Unknown PrometheusSilent' });
  });

  it('lets Prometheus see the pods of its own namespace only', () => {
    expect(child('Role', 'monitoring-prometheus')?.['rules']).toEqual([
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
    ]);
    const config = child('ConfigMap', 'monitoring-prometheus')?.['data'] as Record<string, string>;
    const { scrape_configs: jobs } = parse(config['prometheus.yml'] ?? '') as {
      scrape_configs: { kubernetes_sd_configs?: { namespaces: { names: string[] } }[] }[];
    };
    const namespaces = jobs
      .flatMap((job) => job.kubernetes_sd_configs ?? [])
      .flatMap((sd) => sd.namespaces.names);
    expect(namespaces).toEqual(['clinic', 'clinic']);
  });

  it("labels dashboards for Grafana's sidecar", () => {
    expect(child('ConfigMap', 'monitoring-dashboard-d')?.metadata.labels).toMatchObject({
      grafana_dashboard: '1',
    });
  });

  it('restarts Prometheus when its rules change, and not otherwise', () => {
    const template = (rules: Record<string, string>): unknown => {
      const { children } = plan(stack, observed({ content: { rules, dashboards: {} } }), settings);
      return children.find(({ kind }) => kind === 'StatefulSet')?.['spec'];
    };
    expect(template({ 'a.yaml': 'one' })).toEqual(template({ 'a.yaml': 'one' }));
    expect(template({ 'a.yaml': 'one' })).not.toEqual(template({ 'a.yaml': 'two' }));
  });

  it('deploys Grafana only where its image is to be had', () => {
    expect(child('Deployment', 'monitoring-grafana')).toBeUndefined();
    const { children } = plan(stack, observed(), { ...settings, grafanaImage: 'grafana/grafana:12' });
    expect(
      children.some(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'monitoring-grafana'),
    ).toBe(true);
  });
});
