import amqplib from 'amqplib';
import { DEAD_EXCHANGE, deadQueue, EVENTS_EXCHANGE, RETRY_EXCHANGE, RETRY_STEPS } from '../amqp/topology.ts';

export interface TestTopology {
  /** A consuming service. Without one only the exchanges are made. */
  readonly service?: string;
  readonly consumes?: readonly string[];
  /** The retry queues' delays in milliseconds; short, so that a test sees the retry. Default 50. */
  readonly retryMs?: number;
}

/** Declares what the operator declares in a cluster (docs/concepts/contracts.md, Topology). */
export async function declareTopology(uri: string, topology: TestTopology): Promise<void> {
  const connection = await amqplib.connect(uri);
  try {
    const channel = await connection.createChannel();
    for (const exchange of [EVENTS_EXCHANGE, RETRY_EXCHANGE, DEAD_EXCHANGE]) {
      await channel.assertExchange(exchange, 'topic', { durable: true });
    }
    const { service, consumes = [], retryMs = 50 } = topology;
    if (service === undefined) return;
    const quorum = { 'x-queue-type': 'quorum' };
    await channel.assertQueue(service, {
      arguments: {
        ...quorum,
        'x-dead-letter-exchange': DEAD_EXCHANGE,
        'x-dead-letter-routing-key': deadQueue(service),
        'x-dead-letter-strategy': 'at-least-once',
        'x-overflow': 'reject-publish',
        'x-delivery-limit': 20,
      },
    });
    for (const event of consumes) await channel.bindQueue(service, EVENTS_EXCHANGE, event);
    for (const step of RETRY_STEPS) {
      const name = `${service}.retry.${step}`;
      await channel.assertQueue(name, {
        arguments: {
          ...quorum,
          'x-message-ttl': retryMs,
          'x-dead-letter-exchange': '',
          'x-dead-letter-routing-key': service,
          'x-dead-letter-strategy': 'at-least-once',
          'x-overflow': 'reject-publish',
        },
      });
      await channel.bindQueue(name, RETRY_EXCHANGE, name);
    }
    await channel.assertQueue(deadQueue(service), { arguments: quorum });
    await channel.bindQueue(deadQueue(service), DEAD_EXCHANGE, deadQueue(service));
  } finally {
    await connection.close();
  }
}
