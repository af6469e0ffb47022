import { mailsExpected } from './findings.ts';
import type { Figures } from './findings.ts';
import type { Latencies } from './latency.ts';
import { renderTable } from './table.ts';

/** The tables at the end of a run: the counts, and the duration of each kind of call in milliseconds. */
export function renderSummary(figures: Figures, latencies: Latencies): string {
  const { doubles, events, mails, withdrawal } = figures;
  // A pod that was scaled down lost its last second of counts.
  const atLeast = events.endedPods > 0 ? 'at least ' : '';
  const counts = renderTable([
    ['patients (new)', `${figures.patients} (${figures.registered})`],
    ['practitioners', String(figures.practitioners)],
    ['appointments booked', `${figures.booked} of ${figures.wished}`],
    ['double bookings attempted, refused', `${doubles.attempted}, ${doubles.refused}`],
    ['read back over FHIR, by GraphQL', `${figures.readBack.rest}, ${figures.readBack.graphql}`],
    ['seen by an app for analytics', String(figures.counted)],
    ['withdrawn consent counts after', `${withdrawal.effectiveMs.toFixed(0)} ms`],
    ['events published', `${atLeast}${events.bookedPublished + events.registeredPublished}`],
    ['events consumed', `${atLeast}${events.bookedConsumed + events.registeredConsumed}`],
    ['e-mails delivered', `${mails.delivered} of ${mailsExpected(figures)}`],
  ]);
  const milliseconds = (value: number): string => `${value.toFixed(0)} ms`;
  const calls = renderTable([
    ['call', 'count', 'p50', 'p95'],
    ...latencies.calls.map((call) => {
      const { count, p50, p95 } = latencies.summary(call);
      return [call, String(count), milliseconds(p50), milliseconds(p95)];
    }),
  ]);
  return `\n${counts}\n\n${calls}\n`;
}
