import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { healthcareService } from '../../operator/src/api/healthcareservice.ts';

const chart = join(import.meta.dirname, '../../charts/careplane');
const read = (path: string): string => readFileSync(join(chart, path), 'utf8');

/** Roles for which the chart makes a class. */
const made = [...read('templates/priorityclasses.yaml').matchAll(/\(dict "role" "([a-z]+)"/g)].map(
  ([, role]) => role,
);

describe('the priority classes of the chart', () => {
  it('are those that pods are given: a pod that names another is refused', () => {
    const statefulSets = readFileSync(join(chart, '../../operator/src/k8s/stateful-set.ts'), 'utf8');
    const engines = [...statefulSets.matchAll(/\$\{priorityClassPrefix\}([a-z]+)/g)].map(([, role]) => role);
    expect(engines).toEqual(['store']);
    const services = healthcareService.spec.shape.role.options;
    expect(made.toSorted()).toEqual(['operator', ...engines, ...services].toSorted());
  });

  it('have the prefix that the operator is told, and that its own pods name', () => {
    const deployment = read('templates/deployment.yaml');
    expect(read('templates/priorityclasses.yaml')).toContain(
      'name: {{ $.Values.priorityClasses.prefix }}{{ .role }}',
    );
    expect(deployment).toContain('--priority-class-prefix={{ .Values.priorityClasses.prefix }}');
    expect(deployment).toContain('priorityClassName: {{ .Values.priorityClasses.prefix }}operator');
  });
});
