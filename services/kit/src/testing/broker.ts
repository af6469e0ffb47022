import amqplib from 'amqplib';
import type { ConfirmChannel } from 'amqplib';
import { EVENTS_EXCHANGE } from '../amqp/topology.ts';
import { CLOUDEVENTS_JSON, newEvent } from '../events/envelope.ts';
import type { CloudEvent } from '../events/envelope.ts';
import type { EventData, EventType } from '../events/registry.ts';

/** Publishes an event as another service's outbox does. The topology must be declared. */
export function sendEvent<T extends EventType>(uri: string, type: T, data: EventData<T>): Promise<void> {
  const event = newEvent('test', type, { subject: 'test', data });
  return onChannel(uri, async (channel) => {
    const properties = { messageId: event.id, contentType: CLOUDEVENTS_JSON, persistent: true };
    channel.publish(EVENTS_EXCHANGE, type, Buffer.from(JSON.stringify(event)), properties);
    await channel.waitForConfirms();
  });
}

/** Takes the next event out of a queue, if there is one. */
export function takeEvent(uri: string, queue: string): Promise<CloudEvent | undefined> {
  return onChannel(uri, async (channel) => {
    const message = await channel.get(queue, { noAck: true });
    return message === false ? undefined : (JSON.parse(message.content.toString()) as CloudEvent);
  });
}

async function onChannel<T>(uri: string, work: (channel: ConfirmChannel) => Promise<T>): Promise<T> {
  const connection = await amqplib.connect(uri);
  try {
    return await work(await connection.createConfirmChannel());
  } finally {
    await connection.close();
  }
}
