import { randomUUID } from 'node:crypto';
import type { RunningRabbit } from '@careplane/testing';

/** A message of a dead-letter queue. */
export interface DeadLetter {
  readonly payload: string;
  readonly properties: { readonly headers?: Readonly<Record<string, unknown>> };
}

async function call(rabbit: RunningRabbit, path: string, body: object): Promise<unknown> {
  const answer = await fetch(`${rabbit.managementUrl}/api/${path}`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${rabbit.username}:${rabbit.password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`the broker answered ${answer.status}`);
  return answer.json();
}

/** Publishes an event as a service's outbox does; the same id twice is a repetition. */
export async function publishEvent(
  rabbit: RunningRabbit,
  type: string,
  data: object,
  id: string = randomUUID(),
): Promise<string> {
  const event = {
    specversion: '1.0',
    id,
    source: '/careplane/test',
    type,
    subject: 'test',
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data,
  };
  const published = (await call(rabbit, 'exchanges/%2F/careplane.events/publish', {
    routing_key: type,
    properties: { message_id: id, content_type: 'application/cloudevents+json', delivery_mode: 2 },
    payload: JSON.stringify(event),
    payload_encoding: 'string',
  })) as { routed: boolean };
  if (!published.routed) throw new Error(`no queue takes ${type}`);
  return id;
}

/** Takes what is in the dead-letter queue. */
export async function takeDeadLetters(rabbit: RunningRabbit): Promise<DeadLetter[]> {
  const body = { count: 100, ackmode: 'ack_requeue_false', encoding: 'auto' };
  return (await call(rabbit, 'queues/%2F/notifications.dead/get', body)) as DeadLetter[];
}
