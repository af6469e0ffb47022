import type { ServiceContext } from '../context.ts';
import { openConnection } from './connection.ts';
import type { AmqpConnection } from './connection.ts';
import { openConsumer } from './consumer.ts';
import type { Consumer, ConsumerOptions } from './consumer.ts';
import { openPublisher } from './publisher.ts';
import type { Outgoing } from './publisher.ts';

/** The service's broker. */
export interface Amqp {
  /** See Publisher.publish: resolves when confirmed and routed. */
  publish(message: Outgoing): Promise<void>;
  consume(options: Omit<ConsumerOptions, 'logger'>): Consumer;
  /** Whether publishing is possible now. */
  readonly connected: boolean;
  /** Calls back whenever publishing becomes possible (again). */
  onReady(callback: () => void): void;
}

/**
 * Connects to the rabbitmq binding in the background. Publishing and consuming have a connection each: a broker short of
 * memory blocks publishing connections, and acknowledgements must still get through. Readiness needs the broker once.
 */
export function connectAmqp(ctx: ServiceContext): Amqp {
  const open = (purpose: string): AmqpConnection =>
    openConnection({
      name: `${ctx.name}/${ctx.instance}/${purpose}`,
      binding: () => ctx.bindings.read('rabbitmq'),
      logger: ctx.logger,
    });
  const publishing = open('publish');
  const publisher = openPublisher(publishing, ctx.logger);
  let consuming: AmqpConnection | undefined;
  ctx.health.register('rabbitmq', 'once', () => {
    if (!publishing.connected) throw new Error('not connected');
  });
  ctx.lifecycle.onShutdown('close', 'rabbitmq', async () => {
    await publisher.close();
    await Promise.all([publishing.close(), consuming?.close()]);
  });
  return {
    publish: (message) => publisher.publish(message),
    get connected(): boolean {
      return publisher.open;
    },
    onReady: (callback) => {
      publisher.onReady(callback);
    },
    consume(options): Consumer {
      consuming ??= open('consume');
      const consumer = openConsumer(consuming, { ...options, logger: ctx.logger });
      ctx.lifecycle.onShutdown('consumers', options.queue, () => consumer.stop());
      ctx.health.register(`consumer ${options.queue}`, 'once', () => {
        if (!consumer.consuming) throw new Error('not consuming');
      });
      return consumer;
    },
  };
}
