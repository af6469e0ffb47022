import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ApiCall } from '../client/transport.ts';

/** Milliseconds between looks at the event loop. The usual 10 cost an idle process 3 ms of CPU a second. */
const EVENT_LOOP_LOOK_MS = 50;

const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Every metric of the machinery, in a registry of its own: two managers in one process do not mix. */
export class Metrics {
  readonly registry = new Registry();
  readonly #registers = [this.registry];
  readonly reconcile = new Histogram({
    name: 'careplane_reconcile_duration_seconds',
    help: 'Time of one reconcile by kind and result (ok, error, fenced, dependency_down, paused, suspended).',
    labelNames: ['kind', 'result'] as const,
    buckets: SECONDS,
    registers: this.#registers,
  });
  readonly longestReconcile = new Gauge({
    name: 'careplane_reconcile_longest_seconds',
    help: 'For how long the longest of the reconciles that are under way has been, by kind; 0: none is.',
    labelNames: ['kind'] as const,
    registers: this.#registers,
  });
  readonly queueDepth = new Gauge({
    name: 'careplane_queue_depth',
    help: 'Objects waiting for a reconcile.',
    labelNames: ['kind'] as const,
    registers: this.#registers,
  });
  readonly queueLatency = new Histogram({
    name: 'careplane_queue_latency_seconds',
    help: 'Time an object was ready for a reconcile before it began.',
    labelNames: ['kind'] as const,
    buckets: SECONDS,
    registers: this.#registers,
  });
  readonly watchRestarts = new Counter({
    name: 'careplane_watch_restarts_total',
    help: 'Watches begun again by kind and reason (ended, expired, silent, disordered, outdated, joined, forbidden, error).',
    labelNames: ['kind', 'reason'] as const,
    registers: this.#registers,
  });
  readonly watchSilence = new Gauge({
    name: 'careplane_watch_silence_seconds',
    help: 'Time since the API server last said anything about the kind: event, bookmark or list.',
    labelNames: ['kind'] as const,
    registers: this.#registers,
  });
  readonly apiCalls = new Histogram({
    name: 'careplane_api_request_duration_seconds',
    help: 'Calls to the API server by verb, resource and code (`error`: no answer).',
    labelNames: ['verb', 'resource', 'code'] as const,
    buckets: SECONDS,
    registers: this.#registers,
  });
  readonly drift = new Counter({
    name: 'careplane_drift_corrected_total',
    help: 'Children that somebody else changed or deleted and that were put right, by the kind of child.',
    labelNames: ['kind'] as const,
    registers: this.#registers,
  });
  readonly eventsFailed = new Counter({
    name: 'careplane_events_failed_total',
    help: 'Kubernetes events that could not be written.',
    registers: this.#registers,
  });
  readonly dependencyDown = new Gauge({
    name: 'careplane_dependency_down',
    help: '1 while a store or a broker does not answer the operator.',
    labelNames: ['dependency'] as const,
    registers: this.#registers,
  });
  readonly paused = new Gauge({
    name: 'careplane_paused_objects',
    help: 'Objects for which nothing is done, by kind, since they carry careplane.dev/paused.',
    labelNames: ['kind'] as const,
    registers: this.#registers,
  });
  readonly definitionGoing = new Gauge({
    name: 'careplane_definition_going',
    help: '1 while the CustomResourceDefinition of the kind is terminating or gone.',
    labelNames: ['kind'] as const,
    registers: this.#registers,
  });
  readonly namespaceForbidden = new Gauge({
    name: 'careplane_namespace_forbidden',
    help: '1 while a watched namespace may not be read and is left alone: it, or its RoleBinding, is gone.',
    labelNames: ['namespace'] as const,
    registers: this.#registers,
  });
  readonly leader = new Gauge({
    name: 'careplane_leader',
    help: '1 while this process holds the lease.',
    registers: this.#registers,
  });

  /** Adds the process's own metrics (memory, event loop, garbage collection). */
  withProcessMetrics(): this {
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: EVENT_LOOP_LOOK_MS });
    return this;
  }

  readonly onCall = (call: ApiCall): void => {
    const { verb, resource, code, seconds } = call;
    this.apiCalls.observe({ verb, resource, code }, seconds);
  };
}
