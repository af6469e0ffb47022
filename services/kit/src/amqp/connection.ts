import { EventEmitter } from 'node:events';
import amqplib from 'amqplib';
import type { ChannelModel } from 'amqplib';
import type { Binding } from '../bindings.ts';
import { describeError } from '../observe/describe-error.ts';
import type { Logger } from '../observe/logger.ts';
import { backoffMs, pause } from '../resilience/backoff.ts';

/** A connection that comes back by itself. */
export interface AmqpConnection {
  /** The open connection, waiting for one; undefined once closed for good. */
  ready(): Promise<ChannelModel | undefined>;
  readonly connected: boolean;
  /** `open` at every (re)connection. */
  readonly events: EventEmitter<{ open: [] }>;
  close(): Promise<void>;
}

export interface AmqpConnectionOptions {
  /** What this connection is for, shown in RabbitMQ's management. */
  readonly name: string;
  /** Read at every attempt: credentials and certificates rotate in place. */
  readonly binding: () => Binding<'rabbitmq'>;
  readonly logger: Logger;
}

const BACKOFF = { baseMs: 200, capMs: 5_000 };
/** Seconds; two missed ones end the connection. */
const HEARTBEAT_S = 10;
const CONNECT_TIMEOUT_MS = 5_000;

/** Starts connecting at once and for ever, until `close`. */
export function openConnection(options: AmqpConnectionOptions): AmqpConnection {
  const events = new EventEmitter<{ open: [] }>();
  events.setMaxListeners(0);
  const abort = new AbortController();
  let current: ChannelModel | undefined;
  const set = (model: ChannelModel | undefined): void => {
    current = model;
    if (model) events.emit('open');
  };
  const running = keepConnected(options, abort.signal, set);
  return {
    events,
    get connected(): boolean {
      return current !== undefined;
    },
    async ready(): Promise<ChannelModel | undefined> {
      if (current || abort.signal.aborted) return current;
      await new Promise<void>((resolve) => {
        events.once('open', resolve);
        abort.signal.addEventListener(
          'abort',
          () => {
            resolve();
          },
          { once: true },
        );
      });
      return current;
    },
    async close(): Promise<void> {
      abort.abort();
      await running;
    },
  };
}

async function keepConnected(
  options: AmqpConnectionOptions,
  signal: AbortSignal,
  set: (model: ChannelModel | undefined) => void,
): Promise<void> {
  const { logger, name } = options;
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    try {
      const model = await connectOnce(options);
      attempt = 0;
      logger.info('rabbitmq: connected', { connection: name });
      const closed = closedOrAborted(model, signal);
      set(model);
      await closed;
    } catch (error) {
      logger.warn('rabbitmq: not connected', { connection: name, attempt, ...describeError(error) });
    }
    set(undefined);
    await pause(backoffMs(attempt, BACKOFF), signal);
  }
}

async function connectOnce(options: AmqpConnectionOptions): Promise<ChannelModel> {
  const binding = options.binding();
  const secure = binding.uri.startsWith('amqps:');
  const ca = binding['ca.crt'];
  return amqplib.connect(
    {
      protocol: secure ? 'amqps' : 'amqp',
      hostname: binding.host,
      port: binding.port,
      username: binding.username,
      password: binding.password,
      vhost: encodeURIComponent(binding['virtual-host']),
      heartbeat: HEARTBEAT_S,
    },
    {
      noDelay: true,
      keepAlive: true,
      timeout: CONNECT_TIMEOUT_MS,
      clientProperties: { connection_name: options.name },
      ...(secure && ca ? { ca } : {}),
    },
  );
}

/** Resolves when the connection is gone; on abort it is closed politely first. */
async function closedOrAborted(model: ChannelModel, signal: AbortSignal): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    model.once('close', () => {
      resolve();
    });
  });
  model.on('error', () => undefined); // 'close' follows with the same error; without a listener it would be thrown
  const stop = (): void => {
    model.close().catch(() => undefined); // it is closed already: 'close' has fired
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  await closed;
  signal.removeEventListener('abort', stop);
}
