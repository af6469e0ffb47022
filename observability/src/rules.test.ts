import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { DEFAULT_SLO } from '../../operator/src/api/default-slo.ts';
import { milliseconds } from '../../operator/src/api/duration.ts';
import { knownMetrics } from './known.ts';
import { metricNames } from './promql.ts';

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
  labels?: { severity?: string };
  annotations?: { summary?: string; description?: string; runbook_url?: string };
}

const HERE = join(import.meta.dirname, '..');
const RUNBOOKS = join(HERE, '../docs/operations/runbooks');
const yamlFiles = (folder: string): string[] =>
  readdirSync(join(HERE, folder)).map((name) => readFileSync(join(HERE, folder, name), 'utf8'));
const rules = yamlFiles('rules').flatMap((text) =>
  (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules),
);
const alerts = rules.filter((rule) => rule.alert !== undefined);
const names = alerts.map(({ alert = '' }) => alert);

describe('alert rules', () => {
  it('have unique CamelCase names with the prefix Careplane', () => {
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^Careplane([A-Z][a-z]+)+$/);
  });

  it.each(alerts.map((rule) => [rule.alert, rule] as const))(
    '%s says how bad, what, why and where to look',
    (name, rule) => {
      expect(['critical', 'warning']).toContain(rule.labels?.severity);
      expect(rule.annotations?.summary?.length).toBeGreaterThan(10);
      expect(rule.annotations?.description?.length).toBeGreaterThan(40);
      expect(rule.annotations?.runbook_url).toMatch(
        new RegExp(`/docs/operations/runbooks/${String(name)}\\.md$`),
      );
    },
  );

  it('each have a runbook, and each runbook has its alert', () => {
    const runbooks = readdirSync(RUNBOOKS).filter((file) => file.startsWith('Careplane'));
    expect(runbooks.sort()).toEqual(names.map((name) => `${name}.md`).sort());
  });

  it('each have a test in which they fire', () => {
    const tests = yamlFiles('tests').flatMap((text) => (parse(text) as { tests: PromtoolTest[] }).tests);
    const fired = tests.flatMap((test) =>
      test.alert_rule_test.filter(({ exp_alerts }) => exp_alerts.length > 0),
    );
    const tested = new Set(fired.map(({ alertname }) => alertname));
    expect(names.filter((name) => !tested.has(name))).toEqual([]);
  });

  it('fall back to the default objectives that the CRD names', () => {
    const fallback = (name: string): number => {
      const expr = rules.find(({ record }) => record === name)?.expr ?? '';
      return Number(/or 0 [*] \S+ [+] (\S+)\s*$/.exec(expr)?.[1]);
    };
    expect(fallback('careplane:slo_availability:ratio')).toBeCloseTo(DEFAULT_SLO.availability / 100, 10);
    expect(fallback('careplane:slo_latency_p95:seconds')).toBe(milliseconds(DEFAULT_SLO.latencyP95) / 1000);
  });

  it('read only metrics that exist or that a rule records', () => {
    const known = knownMetrics();
    const unknown = rules.flatMap(({ expr }) => metricNames(expr)).filter((name) => !known.has(name));
    expect(unknown).toEqual([]);
  });
});

interface PromtoolTest {
  alert_rule_test: { alertname: string; exp_alerts: unknown[] }[];
}
