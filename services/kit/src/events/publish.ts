import type { Amqp } from '../amqp/amqp.ts';
import { EVENTS_EXCHANGE } from '../amqp/topology.ts';
import { inSpan, traceContext, traceHeaders } from '../observe/tracing.ts';
import { CLOUDEVENTS_JSON } from './envelope.ts';
import type { CloudEvent } from './envelope.ts';

/** Publishes an event. Who has a database to write to does it by the outbox. @throws what `Publisher.publish` throws */
export async function publishEvent(amqp: Pick<Amqp, 'publish'>, event: CloudEvent): Promise<void> {
  const parent = traceContext({ traceparent: event.traceparent });
  await inSpan(`publish ${event.type}`, { kind: 'producer', parent }, () =>
    amqp.publish({
      exchange: EVENTS_EXCHANGE,
      routingKey: event.type,
      messageId: event.id,
      type: event.type,
      contentType: CLOUDEVENTS_JSON,
      content: Buffer.from(JSON.stringify(event)),
      headers: traceHeaders(),
    }),
  );
}
