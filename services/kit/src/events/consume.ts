import type { ConsumeMessage } from 'amqplib';
import type { Amqp } from '../amqp/amqp.ts';
import type { Consumer } from '../amqp/consumer.ts';
import { Poison } from '../amqp/errors.ts';
import {
  ATTEMPT_HEADER,
  DEAD_EXCHANGE,
  deadQueue,
  REASON_HEADER,
  RETRY_EXCHANGE,
  retryQueue,
} from '../amqp/topology.ts';
import type { ServiceContext } from '../context.ts';
import { describeError, errorCode } from '../observe/describe-error.ts';
import { inSpan, traceContext } from '../observe/tracing.ts';
import { pause } from '../resilience/backoff.ts';
import { parseEvent } from './envelope.ts';
import type { CloudEvent } from './envelope.ts';
import type { EventType } from './registry.ts';

/** What a handler knows beside the event. */
export interface DeliveryInfo {
  /** Aborted when the handler's time is over. */
  readonly signal: AbortSignal;
  /** 1 at the first delivery. */
  readonly attempt: number;
}

/** Resolves with `duplicate` when the event had been handled before (see Inbox.once). */
export type EventHandler<T extends EventType> = (
  event: CloudEvent<T>,
  info: DeliveryInfo,
) => Promise<'ok' | 'duplicate' | undefined>;

export type EventHandlers = { readonly [T in EventType]?: EventHandler<T> };

export interface ConsumeOptions {
  readonly amqp: Amqp;
  readonly handlers: EventHandlers;
  /** Events handled at once. Default 10. */
  readonly prefetch?: number;
  /** Attempts before a message is dead. Default 8: about four minutes of retries. */
  readonly maxAttempts?: number;
  /** A handler's time in milliseconds; far below the broker's 30 minutes for an acknowledgement. Default 60,000. */
  readonly handlerTimeoutMs?: number;
}

const DEFAULTS = { prefetch: 10, maxAttempts: 8, handlerTimeoutMs: 60_000 } as const;

type Settled = 'ok' | 'duplicate' | 'retried' | 'dead';

/**
 * Consumes the service's queue. A handler that throws Poison sends the message to the dead-letter queue; any other error
 * sends it through the retry queues. Both copies are confirmed before the original is acknowledged, so that a crash
 * between repeats rather than loses: handlers are idempotent (Inbox).
 */
export function consumeEvents(ctx: ServiceContext, options: ConsumeOptions): Consumer {
  const settings = { ...DEFAULTS, ...options };
  return options.amqp.consume({
    queue: ctx.name,
    prefetch: settings.prefetch,
    async deliver(message): Promise<boolean> {
      const attempt = attemptOf(message);
      const parsed = parseEvent(message.content);
      const type = parsed.ok ? parsed.event.type : 'invalid';
      const parent = traceContext(message.properties.headers ?? {});
      return inSpan(`consume ${type}`, { kind: 'consumer', parent }, async () => {
        try {
          const verdict = parsed.ok
            ? await handle(parsed.event, attempt, settings)
            : { result: 'dead' as const, reason: parsed.reason };
          logVerdict(ctx, message, { type, attempt, verdict });
          await forward(ctx, { amqp: options.amqp, message, attempt }, verdict);
          ctx.metrics.eventsConsumed.inc({ event: type, result: verdict.result });
          return true;
        } catch (error) {
          // the copy was not confirmed: the original goes back to its queue
          ctx.logger.warn('event given back', { event: type, attempt, ...describeError(error) });
          return false;
        }
      });
    },
  });
}

interface Verdict {
  readonly result: Settled;
  readonly reason?: string;
  readonly error?: unknown;
}

async function handle(
  event: CloudEvent,
  attempt: number,
  settings: Required<ConsumeOptions>,
): Promise<Verdict> {
  const handler = settings.handlers[event.type] as EventHandler<EventType> | undefined;
  if (!handler) return { result: 'dead', reason: 'unexpected-event' };
  const signal = AbortSignal.timeout(settings.handlerTimeoutMs);
  try {
    const result = await Promise.race([handler(event, { signal, attempt }), rejectAfter(signal)]);
    return { result: result ?? 'ok' };
  } catch (error) {
    if (error instanceof Poison) return { result: 'dead', reason: error.reason, error };
    if (attempt >= settings.maxAttempts) {
      return { result: 'dead', reason: `attempts-exhausted:${errorCode(error)}`, error };
    }
    return { result: 'retried', reason: errorCode(error), error };
  }
}

function rejectAfter(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        reject(signal.reason as Error);
      },
      { once: true },
    );
  });
}

interface Forwarded {
  readonly amqp: Amqp;
  readonly message: ConsumeMessage;
  readonly attempt: number;
}

async function forward(ctx: ServiceContext, from: Forwarded, verdict: Verdict): Promise<void> {
  if (verdict.result === 'retried') {
    await republish(from, {
      exchange: RETRY_EXCHANGE,
      routingKey: retryQueue(ctx.name, from.attempt),
      headers: { [ATTEMPT_HEADER]: from.attempt },
    });
  } else if (verdict.result === 'dead') {
    await republish(from, {
      exchange: DEAD_EXCHANGE,
      routingKey: deadQueue(ctx.name),
      headers: { [ATTEMPT_HEADER]: from.attempt, [REASON_HEADER]: verdict.reason ?? 'unknown' },
    });
  }
}

async function republish(
  { amqp, message }: Forwarded,
  to: { exchange: string; routingKey: string; headers: Record<string, unknown> },
): Promise<void> {
  const messageId: unknown = message.properties.messageId;
  const contentType: unknown = message.properties.contentType;
  const sent: Record<string, unknown> = message.properties.headers ?? {};
  await patiently(() =>
    amqp.publish({
      exchange: to.exchange,
      routingKey: to.routingKey,
      messageId: textOr(messageId, `untitled-${String(message.fields.deliveryTag)}`),
      contentType: textOr(contentType, 'application/octet-stream'),
      content: message.content,
      headers: { ...traceOf(sent), ...to.headers },
    }),
  );
}

/**
 * A message given back counts toward the queue's delivery limit (20), so a publishing side that is away for a moment is
 * waited for: about 15 s in all.
 */
async function patiently(publish: () => Promise<void>): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await publish();
      return;
    } catch (error) {
      if (attempt >= 5) throw error;
      await pause(500 * (attempt + 1));
    }
  }
}

/** The attempt this delivery is, from 1. */
function attemptOf(message: ConsumeMessage): number {
  const before: unknown = message.properties.headers?.[ATTEMPT_HEADER];
  return typeof before === 'number' && Number.isInteger(before) && before > 0 ? before + 1 : 1;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

/** A copy stays in the trace of its original. */
function traceOf({ traceparent, tracestate }: Record<string, unknown>): Record<string, unknown> {
  const headers = Object.entries({ traceparent, tracestate }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(headers);
}

function logVerdict(
  ctx: ServiceContext,
  message: ConsumeMessage,
  { type, attempt, verdict }: { type: string; attempt: number; verdict: Verdict },
): void {
  const fields = {
    event: type,
    messageId: textOr(message.properties.messageId, ''),
    attempt,
    result: verdict.result,
  };
  if (verdict.result === 'ok' || verdict.result === 'duplicate') {
    ctx.logger.info('event consumed', fields);
    return;
  }
  const cause = verdict.error === undefined ? {} : describeError(verdict.error);
  ctx.logger.warn('event not handled', { ...fields, code: verdict.reason, ...cause });
}
