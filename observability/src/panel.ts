import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { VizLegendOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** Every panel uses the data source that the viewer chose at the top of the dashboard. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;

export interface Query {
  /** PromQL; rates use `$__rate_interval`, so that they fit the time range and the scrape interval. */
  expr: string;
  legend: string;
}

export interface PanelSpec {
  title: string;
  /** What it shows, and what a value means. */
  description: string;
  /** A unit id of Grafana: `reqps`, `s`, `percentunit`, `short`, `bytes`, … */
  unit: string;
  queries: Query[];
  /** The current number instead of a curve. */
  stat?: boolean;
  /** Width in the dashboard's 24 columns. */
  span?: number;
}

/** One curve or number with title, description, unit and legends. */
export function panel(spec: PanelSpec): Builder<Panel> {
  const builder = spec.stat ? new StatBuilder().height(4) : curve();
  builder
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .datasource(DATASOURCE)
    .span(spec.span ?? (spec.stat ? 4 : 12));
  spec.queries.forEach(({ expr, legend }, index) => {
    const query = new DataqueryBuilder()
      .refId(String.fromCharCode(65 + index))
      .expr(expr)
      .legendFormat(legend);
    builder.withTarget(spec.stat ? query.instant() : query.range());
  });
  return builder;
}

function curve(): TimeseriesBuilder {
  return new TimeseriesBuilder()
    .height(8)
    .fillOpacity(8)
    .min(0)
    .legend(new VizLegendOptionsBuilder().showLegend(true));
}
