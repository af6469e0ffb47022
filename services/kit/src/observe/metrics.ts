import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The metrics every service has (docs/concepts/contracts.md); a service adds its own to `registry`. */
export interface Metrics {
  readonly registry: Registry;
  readonly requestDuration: Histogram<'method' | 'route' | 'status'>;
  readonly requestsInFlight: Gauge;
  readonly eventsPublished: Counter<'event'>;
  readonly eventsConsumed: Counter<'event' | 'result'>;
  readonly bindingReloads: Counter<'binding' | 'result'>;
}

/** Dense around the objectives of the clinic (200 and 400 ms), after OpenTelemetry's advice for HTTP durations. */
const DURATION_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 10,
];

/** Milliseconds between looks at the event loop. The usual 10 cost an idle process 3 ms of CPU a second. */
const EVENT_LOOP_LOOK_MS = 50;

/** A fresh registry with the process metrics and the metrics of the contract. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_LOOK_MS });
  return {
    registry,
    requestDuration: new Histogram({
      name: 'http_server_request_duration_seconds',
      help: 'Duration of HTTP requests by route template.',
      labelNames: ['method', 'route', 'status'],
      buckets: DURATION_BUCKETS,
      registers,
    }),
    requestsInFlight: new Gauge({
      name: 'http_server_active_requests',
      help: 'HTTP requests being answered now.',
      registers,
    }),
    eventsPublished: new Counter({
      name: 'careplane_events_published_total',
      help: 'Events confirmed by the broker.',
      labelNames: ['event'],
      registers,
    }),
    eventsConsumed: new Counter({
      name: 'careplane_events_consumed_total',
      help: 'Events settled, by result: ok, duplicate, retried, dead.',
      labelNames: ['event', 'result'],
      registers,
    }),
    bindingReloads: new Counter({
      name: 'careplane_binding_reloads_total',
      help: 'Changes of a binding in place, by result: ok, invalid (unreadable), refused (the engine does not take it).',
      labelNames: ['binding', 'result'],
      registers,
    }),
  };
}
