import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { DATASOURCE, panel } from './panel.ts';
import type { PanelSpec } from './panel.ts';

export interface DashboardSpec {
  /** Stable, because links and bookmarks contain it. */
  uid: string;
  title: string;
  description: string;
  /** Filters at the top besides the data source, each with the values of a metric's label. */
  variables: { name: string; metric: string; label: string }[];
  rows: { title: string; panels: PanelSpec[] }[];
}

/** The parts of Grafana's classic dashboard model that we use; Grafana's sidecar loads it from ConfigMaps. */
export interface Dashboard {
  uid: string;
  title: string;
  description: string;
  tags: string[];
  schemaVersion: number;
  editable: boolean;
  graphTooltip: number;
  refresh: string;
  time: { from: string; to: string };
  timezone: string;
  templating: { list: Record<string, unknown>[] };
  panels: (Panel | Row)[];
}

interface Row {
  type: 'row';
  id: number;
  title: string;
  collapsed: boolean;
  gridPos: Position;
  panels: [];
}

interface Position {
  x: number;
  y: number;
  w: number;
  h: number;
}

const COLUMNS = 24;
const SHARED_CROSSHAIR = 1;
const REFRESH_ON_TIME_RANGE = 2;

/** Turns a specification into Grafana's dashboard model. */
export function dashboard({ uid, title, description, variables, rows }: DashboardSpec): Dashboard {
  return {
    uid,
    title,
    description,
    tags: ['careplane'],
    schemaVersion: 41,
    editable: true,
    graphTooltip: SHARED_CROSSHAIR,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    timezone: 'browser',
    templating: {
      list: [
        { type: 'datasource', name: 'datasource', label: 'Data source', query: 'prometheus' },
        ...variables.map(variable),
      ],
    },
    panels: layOut(rows),
  };
}

function variable({ name, metric, label }: DashboardSpec['variables'][number]): Record<string, unknown> {
  return {
    type: 'query',
    name,
    label: name,
    datasource: DATASOURCE,
    query: `label_values(${metric}, ${label})`,
    refresh: REFRESH_ON_TIME_RANGE,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
  };
}

/** Rows from top to bottom, their panels from left to right. */
function layOut(rows: DashboardSpec['rows']): (Panel | Row)[] {
  const placed: (Panel | Row)[] = [];
  let y = 0;
  for (const { title, panels } of rows) {
    placed.push({
      type: 'row',
      id: placed.length + 1,
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    let height = 0;
    for (const spec of panels) {
      const built = panel(spec).build();
      const { w, h } = built.gridPos ?? { w: COLUMNS, h: 8 };
      if (x + w > COLUMNS) {
        x = 0;
        y += height;
        height = 0;
      }
      placed.push({ ...built, id: placed.length + 1, gridPos: { x, y, w, h } });
      x += w;
      height = Math.max(height, h);
    }
    y += height;
  }
  return placed;
}
