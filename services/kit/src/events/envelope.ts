import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { traceHeaders } from '../observe/tracing.ts';
import { EVENTS, isEventType, readEventData } from './registry.ts';
import type { EventData, EventType } from './registry.ts';

/** The content type of CloudEvents in structured JSON mode (CloudEvents 1.0, HTTP/AMQP bindings, 3.2). */
export const CLOUDEVENTS_JSON = 'application/cloudevents+json';

/** A CloudEvents 1.0 envelope; `traceparent` is the distributed tracing extension. */
export interface CloudEvent<T extends EventType = EventType> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: T;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly traceparent?: string;
  readonly data: EventData<T>;
}

/** What an event is about, and its data. */
export interface EventContent<T extends EventType> {
  /** The id of the thing that changed. */
  readonly subject: string;
  readonly data: EventData<T>;
}

/**
 * A new event of a service, in the active trace.
 * @throws z.ZodError when the data is not what the registry says: a fault of the code, not of a request.
 */
export function newEvent<T extends EventType>(
  service: string,
  type: T,
  content: EventContent<T>,
): CloudEvent<T> {
  const { traceparent } = traceHeaders();
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: `/careplane/${service}`,
    type,
    subject: content.subject,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    ...(traceparent === undefined ? {} : { traceparent }),
    data: EVENTS[type].parse(content.data) as EventData<T>,
  };
}

const envelope = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(128),
  source: z.string().min(1),
  type: z.string(),
  subject: z.string().min(1),
  time: z.iso.datetime({ offset: true }),
  datacontenttype: z.literal('application/json'),
  traceparent: z.string().optional(),
  data: z.unknown(),
});

export type ParsedEvent =
  { readonly ok: true; readonly event: CloudEvent } | { readonly ok: false; readonly reason: string };

/**
 * Reads an event from a message body, as a tolerant reader: what a newer publisher has added is left out. What is wrong is
 * told by a code, never by quoting the message.
 */
export function parseEvent(content: Buffer): ParsedEvent {
  const parsed = envelope.safeParse(readJson(content));
  if (!parsed.success) return { ok: false, reason: 'invalid-envelope' };
  const { type } = parsed.data;
  if (!isEventType(type)) return { ok: false, reason: 'unknown-event' };
  const data = readEventData(type, parsed.data.data);
  if (!data.success) return { ok: false, reason: 'invalid-data' };
  // the parts are checked above; the compiler cannot join `type` and `data` of a union
  return { ok: true, event: { ...parsed.data, data: data.data } as CloudEvent };
}

function readJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    return undefined; // fails the schema
  }
}
