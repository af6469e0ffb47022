import { describe, expect, it } from '@jest/globals';
import { metricNames } from './promql.ts';

describe('metricNames', () => {
  it('finds exactly the metrics of an expression', () => {
    const expr = `histogram_quantile(0.95, sum by (service, le) (rate(http_seconds_bucket{status=~"5..",x="a_b"}[$__rate_interval])))
      and on (namespace) up == 0 unless max(careplane:errors:ratio1h) > 14.4`;
    expect(metricNames(expr)).toEqual(['http_seconds', 'up', 'careplane:errors:ratio1h']);
  });
});
