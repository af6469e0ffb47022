import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { describeError } from '../observe/describe-error.ts';
import type { Logger } from '../observe/logger.ts';
import { aborted, backoffMs, pause } from '../resilience/backoff.ts';
import type { AmqpConnection } from './connection.ts';
import { channelClosed } from './publisher.ts';

export interface ConsumerOptions {
  readonly queue: string;
  /** Messages held unacknowledged at once, and so handled at once. */
  readonly prefetch: number;
  readonly logger: Logger;
  /** Settles one delivery: true acknowledges it, false gives it back to the queue. Must not throw. */
  readonly deliver: (message: ConsumeMessage) => Promise<boolean>;
}

export interface Consumer {
  /** Whether the broker is delivering to it now. */
  readonly consuming: boolean;
  /** Cancels, waits for what is held to be settled, closes. */
  stop(): Promise<void>;
}

const BACKOFF = { baseMs: 100, capMs: 5_000 };

/**
 * Consumes a queue with manual acknowledgements; recovers from a lost connection, a channel error and a cancellation by
 * the broker (the queue was deleted or its leader moved).
 */
export function openConsumer(connection: AmqpConnection, options: ConsumerOptions): Consumer {
  const abort = new AbortController();
  const state = { consuming: false };
  const running = keepConsuming(connection, options, { signal: abort.signal, state });
  return {
    get consuming(): boolean {
      return state.consuming;
    },
    async stop(): Promise<void> {
      abort.abort();
      await running;
    },
  };
}

interface Run {
  readonly signal: AbortSignal;
  readonly state: { consuming: boolean };
}

async function keepConsuming(connection: AmqpConnection, options: ConsumerOptions, run: Run): Promise<void> {
  for (let attempt = 0; !run.signal.aborted; attempt += 1) {
    try {
      const model = await Promise.race([connection.ready(), aborted(run.signal)]);
      if (!model) return;
      await consumeOnce(model, options, run);
      attempt = 0;
    } catch (error) {
      options.logger.warn('rabbitmq: consumer failed', { queue: options.queue, ...describeError(error) });
    }
    run.state.consuming = false;
    await pause(backoffMs(attempt, BACKOFF), run.signal);
  }
}

/** One channel's life: resolves when it is closed, cancelled or stopped; everything held is settled before. */
async function consumeOnce(model: ChannelModel, options: ConsumerOptions, run: Run): Promise<void> {
  const channel = await model.createChannel();
  const held = new Set<Promise<void>>();
  const life = { open: true };
  const closed = channelClosed(channel, (error) => {
    options.logger.warn('rabbitmq: consumer channel failed', {
      queue: options.queue,
      ...describeError(error),
    });
  }).then(() => {
    life.open = false;
  });
  let cancelled = (): void => undefined;
  const cancel = new Promise<void>((resolve) => {
    cancelled = resolve;
  });
  await channel.prefetch(options.prefetch); // per consumer: a global one is a channel error on quorum queues
  const { consumerTag } = await channel.consume(options.queue, (message) => {
    if (message === null) {
      cancelled();
      return;
    }
    const settled = settle(channel, message, { deliver: options.deliver, isOpen: () => life.open });
    held.add(settled);
    void settled.finally(() => held.delete(settled));
  });
  run.state.consuming = true;
  await Promise.race([closed, cancel, aborted(run.signal)]);
  run.state.consuming = false;
  if (life.open && run.signal.aborted) await channel.cancel(consumerTag);
  await Promise.all(held);
  if (life.open) await channel.close();
}

/** An acknowledgement on a closed channel throws; the broker delivers the message again by itself. */
async function settle(
  channel: Channel,
  message: ConsumeMessage,
  how: { deliver: (message: ConsumeMessage) => Promise<boolean>; isOpen: () => boolean },
): Promise<void> {
  const done = await how.deliver(message);
  if (!how.isOpen()) return;
  if (done) channel.ack(message);
  else channel.nack(message, false, true);
}
