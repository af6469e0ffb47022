import type { Binding } from '../bindings.ts';
import type { ServiceContext } from '../context.ts';
import { pause } from '../resilience/backoff.ts';
import { openConnection } from './connection.ts';
import type { AmqpConnection } from './connection.ts';
import { openConsumer } from './consumer.ts';
import type { Consumer, ConsumerOptions } from './consumer.ts';
import { AmqpUnavailableError } from './errors.ts';
import { openPublisher } from './publisher.ts';
import type { Publisher } from './publisher.ts';

export type Subscription = Omit<ConsumerOptions, 'logger'>;

/** The connections made with one binding, and what publishes and consumes over them. */
export interface Line {
  /** What it logs in with; undefined until it has once succeeded. */
  readonly binding: Binding<'rabbitmq'> | undefined;
  readonly connected: boolean;
  readonly publisher: Publisher;
  consume(subscription: Subscription): Consumer;
  close(): Promise<void>;
}

/**
 * Opens a line in the background. Publishing and consuming have a connection each: a broker short of memory blocks
 * publishing connections, and acknowledgements must still get through.
 * @param read the binding, asked for at each attempt until one has succeeded; the line stays with that one
 */
export function openLine(ctx: ServiceContext, read: () => Binding<'rabbitmq'>): Line {
  let good: Binding<'rabbitmq'> | undefined;
  const open = (purpose: string): AmqpConnection => {
    let tried: Binding<'rabbitmq'> | undefined;
    const connection = openConnection({
      name: `${ctx.name}/${ctx.instance}/${purpose}`,
      binding: () => (tried = good ?? read()),
      logger: ctx.logger,
    });
    connection.events.on('open', () => {
      good ??= tried;
    });
    return connection;
  };
  const publishing = open('publish');
  const publisher = openPublisher(publishing, ctx.logger);
  let consuming: AmqpConnection | undefined;
  return {
    get binding(): Binding<'rabbitmq'> | undefined {
      return good;
    },
    get connected(): boolean {
      return publishing.connected;
    },
    publisher,
    consume(subscription): Consumer {
      consuming ??= open('consume');
      return openConsumer(consuming, { ...subscription, logger: ctx.logger });
    },
    async close(): Promise<void> {
      await publisher.close();
      await Promise.all([publishing.close(), consuming?.close()]);
    },
  };
}

const PROOF_MS = 10_000;
const PROOF_LOOK_MS = 50;

/** Resolves when the line publishes and all these consumers consume. @throws AmqpUnavailableError when that takes too long, or the service ends. */
export async function proveLine(
  line: Line,
  consumers: readonly Consumer[],
  ending: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + PROOF_MS;
  const isProven = (): boolean => line.publisher.open && consumers.every(({ consuming }) => consuming);
  while (!isProven()) {
    if (ending.aborted || performance.now() > deadline)
      throw new AmqpUnavailableError('no connection with the new credential');
    await pause(PROOF_LOOK_MS, ending);
  }
}
