import { followBinding } from '../binding-follow.ts';
import type { Binding } from '../bindings.ts';
import type { ServiceContext } from '../context.ts';
import type { Consumer } from './consumer.ts';
import { openLine, proveLine } from './line.ts';
import type { Line, Subscription } from './line.ts';
import type { Outgoing } from './publisher.ts';

/** The service's broker. */
export interface Amqp {
  /** See Publisher.publish: resolves when confirmed and routed. */
  publish(message: Outgoing): Promise<void>;
  consume(subscription: Subscription): Consumer;
  /** Whether publishing is possible now. */
  readonly connected: boolean;
  /** Calls back whenever publishing becomes possible (again). */
  onReady(callback: () => void): void;
}

/** A subscription and the consumer that serves it on the present line. */
interface Served {
  readonly subscription: Subscription;
  consumer: Consumer;
}

interface State {
  line: Line;
  readonly served: Served[];
  readonly callbacks: (() => void)[];
}

/**
 * Connects to the rabbitmq binding in the background, and moves to new connections when the binding changes. Readiness
 * needs the broker once.
 */
export function connectAmqp(ctx: ServiceContext): Amqp {
  const state: State = {
    line: openLine(ctx, () => ctx.bindings.read('rabbitmq')),
    served: [],
    callbacks: [],
  };
  state.line.publisher.onReady(() => {
    callAll(state.callbacks);
  });
  ctx.health.register('rabbitmq', 'once', () => {
    if (!state.line.connected) throw new Error('not connected');
  });
  ctx.lifecycle.onShutdown('close', 'rabbitmq', () => state.line.close());
  followBinding(ctx, {
    type: 'rabbitmq',
    inUse: () => state.line.binding,
    adopt: (binding) => moveTo(ctx, state, binding),
  });
  return {
    publish: (message) => state.line.publisher.publish(message),
    get connected(): boolean {
      return state.line.publisher.open;
    },
    onReady: (callback) => void state.callbacks.push(callback),
    consume: (subscription) => serve(ctx, state, subscription),
  };
}

function serve(ctx: ServiceContext, state: State, subscription: Subscription): Consumer {
  const served: Served = { subscription, consumer: state.line.consume(subscription) };
  state.served.push(served);
  const consumer: Consumer = {
    get consuming(): boolean {
      return served.consumer.consuming;
    },
    async stop(): Promise<void> {
      state.served.splice(state.served.indexOf(served), 1);
      await served.consumer.stop();
    },
  };
  ctx.lifecycle.onShutdown('consumers', subscription.queue, () => consumer.stop());
  ctx.health.register(`consumer ${subscription.queue}`, 'once', () => {
    if (!consumer.consuming) throw new Error('not consuming');
  });
  return consumer;
}

/**
 * The new line publishes and consumes before the old one is let go: what the old one has in flight is confirmed, what it
 * holds is settled, and only then is it closed. For that moment both consume, which a queue allows.
 */
async function moveTo(ctx: ServiceContext, state: State, binding: Binding<'rabbitmq'>): Promise<void> {
  const next = openLine(ctx, () => binding);
  const moving = state.served.map((served) => ({ served, consumer: next.consume(served.subscription) }));
  try {
    await proveLine(
      next,
      moving.map(({ consumer }) => consumer),
      ctx.lifecycle.signal,
    );
  } catch (error) {
    await Promise.all(moving.map(({ consumer }) => consumer.stop()));
    await next.close();
    throw error;
  }
  const before = state.line;
  const retiring = moving.map(({ served, consumer }) => {
    const old = served.consumer;
    served.consumer = consumer;
    return old;
  });
  state.line = next;
  next.publisher.onReady(() => {
    callAll(state.callbacks);
  });
  callAll(state.callbacks);
  await Promise.all(retiring.map((consumer) => consumer.stop()));
  await before.close();
}

function callAll(callbacks: readonly (() => void)[]): void {
  for (const callback of callbacks) callback();
}
