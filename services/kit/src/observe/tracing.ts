import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span, Tracer } from '@opentelemetry/api';
import { AlwaysOffSampler, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

let provider: NodeTracerProvider | undefined;

/**
 * Turns on W3C trace context for the process: ids for log lines and for the services behind. Nobody takes the spans themselves, so that
 * none is recorded. Idempotent: several services in one test process share it.
 */
export function startTracing(): void {
  if (provider) return;
  provider = new NodeTracerProvider({ sampler: new AlwaysOffSampler() });
  provider.register();
}

function tracer(): Tracer {
  return trace.getTracer('careplane');
}

export interface SpanOptions {
  readonly kind: 'server' | 'client' | 'producer' | 'consumer';
  /** Ids and codes only. */
  readonly attributes?: Attributes;
  readonly parent?: Context;
}

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** Runs `work` inside a span that ends with it and is marked failed when it throws. */
export async function inSpan<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  const { span, scope } = openSpan(name, options);
  try {
    return await context.with(scope, work);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

/** A span the caller ends itself, and the context in which its work runs. */
export function openSpan(name: string, options: SpanOptions): { span: Span; scope: Context } {
  const parent = options.parent ?? context.active();
  const span = tracer().startSpan(
    name,
    { kind: KINDS[options.kind], ...(options.attributes ? { attributes: options.attributes } : {}) },
    parent,
  );
  return { span, scope: trace.setSpan(parent, span) };
}

/** The headers (`traceparent`, `tracestate`) that carry the active trace to another process. */
export function traceHeaders(): Record<string, string> {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

/** The context that another process sent by headers. */
export function traceContext(headers: Record<string, unknown>): Context {
  return propagation.extract(context.active(), headers, {
    get: (carrier, key) => (typeof carrier[key] === 'string' ? carrier[key] : undefined),
    keys: (carrier) => Object.keys(carrier),
  });
}
