import {
  context,
  diag,
  DiagLogLevel,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type DiagLogger,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { Logger } from '../controller.ts';
import { describe } from '../errors.ts';
import type { Subject, Tracing } from './tracing.ts';
import type { ApiCall } from '../client/transport.ts';

export interface OtlpOptions {
  /** Where the receiver is, without path: `http://collector:4318`. */
  endpoint: string;
  /** This process. */
  identity: string;
  log: Logger;
}

/** For one batch, with its repetitions: a stop must not wait long for a collector that is away. */
const TIMEOUT_MS = 5_000;

/** Sends spans to a collector by OTLP over HTTP. Import it only when it is wanted: what it imports costs memory. */
export function startOtlpTracing({ endpoint, identity, log }: OtlpOptions): Tracing {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: TIMEOUT_MS,
  });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'careplane-operator',
      'service.instance.id': identity,
    }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const scopes = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(scopes);
  diag.setLogger(toldTo(log), { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true });
  return tracingWith(provider.getTracer('careplane'), async () => {
    try {
      await provider.shutdown();
    } catch (error) {
      // Nobody's reconcile depends on it.
      log.warn('the last traces could not be sent', { error: describe(error) });
    }
    scopes.disable();
    context.disable();
    diag.disable();
  });
}

/** The SDK's own complaints, above all that the collector cannot be reached. */
function toldTo(log: Logger): DiagLogger {
  const tell = (message: string): void => {
    log.warn('traces cannot be sent', { error: describe(message) });
  };
  const ignore = (): void => undefined;
  return { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore };
}

function tracingWith(tracer: Tracer, stop: () => Promise<void>): Tracing {
  return {
    reconcile: (subject, work) => {
      const span = tracer.startSpan(`reconcile ${subject.kind}`, {
        root: true,
        attributes: attributesOf(subject),
      });
      return within(span, () => work(span.spanContext().traceId));
    },
    phase: (phase, work) => within(tracer.startSpan(phase), work),
    onCall: (call) => {
      // Watches and renewals of the Lease belong to no reconcile.
      if (trace.getActiveSpan() !== undefined) recordCall(tracer, call);
    },
    stop,
  };
}

async function within<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await context.with(trace.setSpan(context.active(), span), work);
  } catch (error) {
    // The message may quote what an engine or a user said; its kind does not.
    const kind = Error.isError(error) ? error.name : typeof error;
    span.setStatus({ code: SpanStatusCode.ERROR, message: kind });
    throw error;
  } finally {
    span.end();
  }
}

function attributesOf({ kind, namespace, name, generation }: Subject): Attributes {
  return {
    'k8s.object.kind': kind,
    'k8s.object.name': name,
    ...(namespace === undefined ? {} : { 'k8s.namespace.name': namespace }),
    ...(generation === undefined ? {} : { 'k8s.object.generation': generation }),
  };
}

/** The call is over: its span is written with the time that it took. */
function recordCall(tracer: Tracer, { verb, resource, code, seconds }: ApiCall): void {
  const endTime = Date.now();
  const span = tracer.startSpan(`${verb} ${resource}`, {
    kind: SpanKind.CLIENT,
    startTime: endTime - seconds * 1_000,
    attributes: { 'k8s.api.verb': verb, 'k8s.api.resource': resource, 'http.response.status_code': code },
  });
  if (code === 'error' || Number(code) >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(endTime);
}
