import type { ConfirmChannel, Message, Options } from 'amqplib';
import { aborted, backoffMs, pause } from '../resilience/backoff.ts';
import { describeError } from '../observe/describe-error.ts';
import type { Logger } from '../observe/logger.ts';
import type { AmqpConnection } from './connection.ts';
import { AmqpUnavailableError, NotConfirmedError, UnroutableError } from './errors.ts';

/** A message to send. Always persistent and mandatory. */
export interface Outgoing {
  readonly exchange: string;
  readonly routingKey: string;
  readonly messageId: string;
  readonly contentType: string;
  readonly content: Buffer;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly type?: string;
}

export interface Publisher {
  /**
   * Resolves when the broker has confirmed the message and routed it to a queue.
   * @throws AmqpUnavailableError, NotConfirmedError, UnroutableError: the caller still owns the message.
   */
  publish(message: Outgoing): Promise<void>;
  /** Whether there is a channel now. */
  readonly open: boolean;
  /** Calls back whenever publishing becomes possible (again). */
  onReady(callback: () => void): void;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  returned: boolean;
}

/** A quorum queue confirms after a majority has it on disk; longer than this and the message is not safe. */
const CONFIRM_TIMEOUT_MS = 10_000;
const BACKOFF = { baseMs: 50, capMs: 2_000 };

/** A confirm channel that opens again whenever it or its connection is lost. */
export function openPublisher(connection: AmqpConnection, logger: Logger): Publisher {
  const waiting = new Map<string, Waiting>();
  const abort = new AbortController();
  const readyCallbacks: (() => void)[] = [];
  let channel: ConfirmChannel | undefined;
  const failAll = (error: Error): void => {
    for (const one of [...waiting.values()]) one.reject(error);
  };
  const running = keepChannel(connection, abort.signal, {
    opened: (open) => {
      channel = open;
      open.on('return', (message) => {
        markReturned(waiting, message);
      });
      for (const callback of readyCallbacks) callback();
    },
    closed: () => {
      channel = undefined;
      failAll(new AmqpUnavailableError('the channel closed before the broker confirmed'));
    },
    failed: (error) => {
      logger.warn('rabbitmq: publisher channel failed', describeError(error));
    },
  });
  return {
    async publish(message): Promise<void> {
      if (!channel) throw new AmqpUnavailableError('no channel to the broker');
      if (waiting.has(message.messageId)) throw new NotConfirmedError('the same message is being published');
      await send(channel, message, waiting);
    },
    get open(): boolean {
      return channel !== undefined;
    },
    onReady: (callback) => void readyCallbacks.push(callback),
    async close(): Promise<void> {
      abort.abort();
      await running;
    },
  };
}

/** A returned message comes before its confirm, and tells by its id which one it is (RabbitMQ, Publisher Confirms). */
function markReturned(waiting: Map<string, Waiting>, message: Message): void {
  const id: unknown = message.properties.messageId;
  const one = typeof id === 'string' ? waiting.get(id) : undefined;
  if (one) one.returned = true;
}

function send(channel: ConfirmChannel, message: Outgoing, waiting: Map<string, Waiting>): Promise<void> {
  const { exchange, routingKey, content, messageId, contentType, headers, type } = message;
  const options: Options.Publish = {
    messageId,
    contentType,
    persistent: true,
    mandatory: true,
    ...(type === undefined ? {} : { type }),
    headers: { ...headers },
  };
  return new Promise<void>((resolve, reject) => {
    const entry: Waiting = {
      returned: false,
      resolve: () => {
        settle();
      },
      reject: (error) => {
        settle(error);
      },
    };
    const settle = (error?: Error): void => {
      clearTimeout(timer);
      if (waiting.get(messageId) === entry) waiting.delete(messageId);
      if (error) reject(error);
      else resolve();
    };
    const timer = setTimeout(() => {
      settle(new NotConfirmedError(`no confirm within ${String(CONFIRM_TIMEOUT_MS)} ms`));
    }, CONFIRM_TIMEOUT_MS);
    waiting.set(messageId, entry);
    try {
      channel.publish(exchange, routingKey, content, options, (error: unknown) => {
        if (error) settle(new NotConfirmedError('the broker did not take the message'));
        else if (entry.returned) settle(new UnroutableError(`no queue takes ${routingKey}`));
        else settle();
      });
    } catch (error) {
      // a closed channel throws at once, before its 'close' was seen here
      settle(new AmqpUnavailableError('the channel is closed', { cause: error }));
    }
  });
}

interface ChannelEvents {
  opened(channel: ConfirmChannel): void;
  closed(): void;
  failed(error: unknown): void;
}

async function keepChannel(
  connection: AmqpConnection,
  signal: AbortSignal,
  on: ChannelEvents,
): Promise<void> {
  const ended = (): boolean => signal.aborted;
  for (let attempt = 0; !ended(); attempt += 1) {
    try {
      const model = await Promise.race([connection.ready(), aborted(signal)]);
      if (!model) return;
      const channel = await model.createConfirmChannel();
      attempt = 0;
      const closed = channelClosed(channel, (error) => {
        on.failed(error);
      });
      on.opened(channel);
      await Promise.race([closed, aborted(signal)]);
      if (ended()) await finish(channel);
    } catch (error) {
      on.failed(error);
    }
    on.closed();
    await pause(backoffMs(attempt, BACKOFF), signal);
  }
}

/** Resolves when the channel is gone, for whatever reason. */
export function channelClosed(
  channel: { on(event: 'close' | 'error', listener: (error?: unknown) => void): unknown },
  failed: (error: unknown) => void,
): Promise<void> {
  return new Promise((resolve) => {
    channel.on('error', failed);
    channel.on('close', () => {
      resolve();
    });
  });
}

async function finish(channel: ConfirmChannel): Promise<void> {
  await channel.waitForConfirms();
  await channel.close();
}
