import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startPrometheus, until, type RunningPrometheus, type Sample } from '@careplane/testing';
import { Registry } from 'prom-client';
import { parse, stringify } from 'yaml';
import { healthcareServices, type HealthcareService } from '../../api/healthcareservice.ts';
import type { Cache } from '../../runtime/controller.ts';
import { startHealthServer, type HealthServer } from '../../runtime/telemetry/health.ts';
import { ObjectGauges } from '../../runtime/telemetry/object-gauges.ts';
import { aService } from '../healthcareservice/fixtures/objects.ts';
import { serviceGauges } from '../healthcareservice/gauges.ts';
import { prometheusState } from '../../engines/prometheus/api.ts';
import { prometheusConfig } from '../../engines/prometheus/configuration.ts';

// Prometheus looks for its targets five seconds after it has begun.
jest.setTimeout(60_000);

const RULES = path.resolve(import.meta.dirname, '../../../../observability/rules');

const servers: HealthServer[] = [];
let prometheus: RunningPrometheus;

/** What an operator serves of the services that it has in its cache; nothing, when it does not lead. */
async function startOperator(services: readonly HealthcareService[], isLeading: boolean): Promise<string> {
  const registry = new Registry();
  const gauges = new ObjectGauges(registry, [{ type: healthcareServices, gauges: serviceGauges }]);
  const cache: Pick<Cache, 'list'> = { list: () => [...services] as never[] };
  const server = await startHealthServer({
    host: '127.0.0.1',
    port: 0,
    registry,
    failing: () => [],
    isStuck: () => false,
    beforeScrape: () => {
      gauges.measure(isLeading ? cache : undefined);
    },
  });
  servers.push(server);
  return `127.0.0.1:${String(server.port)}`;
}

function rolledBack(service: HealthcareService): HealthcareService {
  const judged = { type: 'RolledOut', status: 'False', reason: 'RolledBack', message: '' } as const;
  const failed = { revision: 'r', reason: 'BurnsSlo', message: '' } as const;
  return { ...service, status: { conditions: [judged], rollout: { failed } } };
}

function inNamespace(namespace: string, service: HealthcareService): HealthcareService {
  return { ...service, metadata: { ...service.metadata, namespace } };
}

interface Job {
  job_name: string;
  [setting: string]: unknown;
}

/** The stack's own configuration of the operators, with their addresses instead of their name. */
function configOf(targets: string[]): string {
  const { scrape_configs: jobs } = parse(prometheusConfig({ namespace: 'clinic', operatorHost: 'x' })) as {
    scrape_configs: Job[];
  };
  const operators = jobs.filter(({ job_name: name }) => name === 'operator');
  return stringify({
    global: { scrape_interval: '500ms', scrape_timeout: '500ms', evaluation_interval: '1s' },
    rule_files: ['rules/*.yaml'],
    scrape_configs: operators.map((job) => ({
      ...job,
      dns_sd_configs: [],
      static_configs: [{ targets }],
    })),
  });
}

beforeAll(async () => {
  const services = [
    rolledBack(aService('gateway', { slo: { availability: 99.5, latencyP95: '250ms' } })),
    aService('identity'),
    inNamespace('ward', aService('gateway', { slo: { availability: 90 } })),
  ];
  const targets = [await startOperator(services, true), await startOperator(services, false)];
  const rules = readdirSync(RULES).map((file) => {
    const text = readFileSync(path.join(RULES, file), 'utf8');
    return [file, text.replaceAll('interval: 30s', 'interval: 1s')] as const;
  });
  prometheus = await startPrometheus({ config: configOf(targets), rules: Object.fromEntries(rules) });
}, 180_000);

afterAll(async () => {
  await Promise.all([prometheus.stop(), ...servers.map((server) => server.stop())]);
});

function found(expression: string): Promise<Sample[]> {
  return until(
    async () => {
      const samples = await prometheus.query(expression);
      return samples.length > 0 ? samples : undefined;
    },
    { what: expression },
  );
}

describe('the operators, scraped as an ObservabilityStack does', () => {
  it('tell each service’s objective once, under its own namespace, and no other namespace’s', async () => {
    await found('count(up{job="operator"} == 1) == 2');
    const told = await found('careplane_slo_availability_ratio');
    const name = 'careplane_slo_availability_ratio';
    const instance = expect.any(String) as unknown;
    const labels = { __name__: name, job: 'operator', instance, namespace: 'clinic', service: 'gateway' };
    expect(told).toEqual([{ labels, value: 0.995 }]);
  });

  it('give the alerts the objective to judge by', async () => {
    expect(await found('careplane:slo_availability:ratio')).toMatchObject([
      { labels: { namespace: 'clinic', service: 'gateway' }, value: 0.995 },
    ]);
    expect(await found('careplane:slo_latency_p95:seconds')).toMatchObject([
      { labels: { namespace: 'clinic', service: 'gateway' }, value: 0.25 },
    ]);
  });

  it('raise the alert of a service that was rolled back', async () => {
    const fired = await found('ALERTS{alertname="CareplaneServiceRolledBack",alertstate="firing"}');
    expect(fired.map(({ labels }) => labels)).toEqual([
      expect.objectContaining({ namespace: 'clinic', service: 'gateway', reason: 'BurnsSlo' }),
    ]);
  });

  it('leave no rule that does not evaluate', async () => {
    const state = await until(
      async () => {
        const { signal } = new AbortController();
        const seen = await prometheusState(prometheus.url, signal);
        return seen.ruleFiles.size === readdirSync(RULES).length ? seen : undefined;
      },
      { what: 'the rule files to be loaded' },
    );
    expect(state.failingRules).toEqual([]);
    expect(state.dataDirectory).toBe('/tmp/data');
  });
});
