import type { Amqp } from '../amqp/amqp.ts';
import type { ServiceContext } from '../context.ts';
import type { Collection } from '../mongo/collection.ts';
import { describeError } from '../observe/describe-error.ts';
import { pause } from '../resilience/backoff.ts';
import { createBell } from './bell.ts';
import { publishBatch } from './publish-batch.ts';
import { claimPending } from './store.ts';
import type { OutboxDocument } from './store.ts';

/** Publishes what the outbox holds. */
export interface Relay {
  /** Hands over an event whose transaction has just committed. */
  publishSoon(document: OutboxDocument): void;
  /** Looks for events left behind, now. */
  wake(): void;
  /** Publishes what this process still holds, then ends. What cannot be published stays in the outbox. */
  stop(): Promise<void>;
}

export interface RelayParts {
  readonly documents: Collection<OutboxDocument>;
  readonly amqp: Amqp;
  readonly pollMs: number;
}

const BATCH = 100;
/** How soon is looked for what the broker did not confirm, though it is connected. */
const RETRY_MS = 1_000;
/** Time for the last events at shutdown; they are safe in the outbox in any case. */
const FLUSH_MS = 5_000;

/**
 * Starts the loop. An event comes by one of two ways: from memory right after its commit (no read, the normal case), or
 * out of the collection when its writer could not publish it; the collection is looked at when the broker comes back,
 * after a failure, and every `pollMs`.
 */
export function startRelay(ctx: ServiceContext, parts: RelayParts): Relay {
  const fresh: OutboxDocument[] = [];
  const bell = createBell();
  const state = { stopping: false, look: true };
  const running = loop();

  async function loop(): Promise<void> {
    while (!state.stopping || fresh.length > 0 || state.look) {
      const batch = await nextBatch();
      if (batch.length > 0) await publish(batch);
      else if (idle()) state.look = (await bell.wait(parts.pollMs)) || state.look;
    }
  }

  /** What was not confirmed is back in the outbox, and nothing rings for it. At a stop it stays there. */
  async function publish(batch: readonly OutboxDocument[]): Promise<void> {
    const left = await publishBatch(ctx, parts, batch);
    if (left === 0 || state.stopping) return;
    if (fresh.length === 0) await bell.wait(RETRY_MS);
    state.look = true;
  }

  /** Asked after every look: what came meanwhile found nobody asleep to ring for. */
  function idle(): boolean {
    return fresh.length === 0 && !state.look && !state.stopping;
  }

  async function nextBatch(): Promise<OutboxDocument[]> {
    if (fresh.length > 0) return fresh.splice(0, BATCH);
    const look = state.look && parts.amqp.connected;
    state.look = false;
    if (!look) return [];
    try {
      const claimed = await claimPending(parts.documents, ctx.instance, BATCH);
      if (claimed.length === BATCH && !state.stopping) state.look = true;
      return claimed;
    } catch (error) {
      ctx.logger.warn('outbox: not readable', describeError(error));
      return []; // looked at again at the next poll
    }
  }

  return {
    publishSoon(document): void {
      fresh.push(document);
      bell.ring(false);
    },
    wake(): void {
      state.look = true;
      bell.ring(true);
    },
    async stop(): Promise<void> {
      state.stopping = true;
      bell.ring(true);
      const ended = new AbortController();
      await Promise.race([running, pause(FLUSH_MS, ended.signal)]);
      ended.abort();
    },
  };
}
