import { describe, expect, it } from '@jest/globals';
import { dashboardFiles, staleDashboards } from './generate.ts';
import { knownMetrics } from './known.ts';
import { metricNames } from './promql.ts';

interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: { uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig?: { defaults: { unit?: string } };
  targets?: { expr: string; refId: string; legendFormat: string }[];
}

interface Dashboard {
  uid: string;
  title: string;
  templating: { list: { name: string; type: string; query: string }[] };
  panels: Panel[];
}

const files = await dashboardFiles();
const dashboards = [...files].map(([name, content]) => [name, JSON.parse(content) as Dashboard] as const);
const known = knownMetrics();

function overlap(a: Panel['gridPos'], b: Panel['gridPos']): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

describe('dashboards', () => {
  it('on disk are the generated ones (node observability/src/generate.ts)', async () => {
    expect(await staleDashboards()).toEqual([]);
  });

  it('have unique uids', () => {
    expect(new Set(dashboards.map(([, { uid }]) => uid)).size).toBe(dashboards.length);
  });
});

describe.each(dashboards)('%s', (_name, { templating, panels }) => {
  const charts = panels.filter(({ type }) => type !== 'row');

  it('lets the viewer choose the data source, and every panel uses it', () => {
    expect(templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
    for (const { datasource } of charts) expect(datasource?.uid).toBe('${datasource}');
  });

  it('gives every panel a title, a description, a unit and named curves', () => {
    for (const { title, description, fieldConfig, targets } of charts) {
      expect(title).not.toBe('');
      expect(description?.length).toBeGreaterThan(10);
      expect(fieldConfig?.defaults.unit).toBeTruthy();
      expect(targets?.every(({ legendFormat }) => legendFormat !== '')).toBe(true);
    }
  });

  it('places panels with unique ids side by side, without overlap', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    for (const a of panels) {
      expect(a.gridPos.x + a.gridPos.w).toBeLessThanOrEqual(24);
      expect(panels.filter((b) => b !== a && overlap(a.gridPos, b.gridPos))).toEqual([]);
    }
  });

  it('reads only metrics that exist', () => {
    const queries = charts.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
    expect(queries.flatMap(metricNames).filter((name) => !known.has(name))).toEqual([]);
  });

  it('takes rates over $__rate_interval, never over a fixed window', () => {
    const rates = charts.flatMap(({ targets = [] }) =>
      targets.flatMap(({ expr }) => expr.match(/\brate\([^[]*\[[^\]]*\]/g) ?? []),
    );
    for (const rate of rates) expect(rate).toContain('[$__rate_interval]');
  });
});
