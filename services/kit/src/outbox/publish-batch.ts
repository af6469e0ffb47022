import type { Amqp } from '../amqp/amqp.ts';
import { UnroutableError } from '../amqp/errors.ts';
import type { ServiceContext } from '../context.ts';
import { publishEvent } from '../events/publish.ts';
import { describeError } from '../observe/describe-error.ts';
import type { Collection } from '../mongo/collection.ts';
import { defer, markPublished, release } from './store.ts';
import type { OutboxDocument } from './store.ts';

/**
 * Publishes a batch, in its order on one channel, and writes down what became of each event: confirmed, unroutable
 * (deferred), or not known (released). When that cannot be written the claims run out and the events are repeated.
 * Resolves to how many are not known.
 */
export async function publishBatch(
  ctx: ServiceContext,
  { documents, amqp }: { documents: Collection<OutboxDocument>; amqp: Amqp },
  batch: readonly OutboxDocument[],
): Promise<number> {
  const results = await Promise.allSettled(batch.map((document) => publishEvent(amqp, document.event)));
  const outcome = sort(batch, results);
  for (const { event } of outcome.confirmed) ctx.metrics.eventsPublished.inc({ event: event.type });
  if (outcome.unroutable.length > 0) {
    const events = [...new Set(outcome.unroutable.map(({ event }) => event.type))];
    ctx.logger.warn('outbox: no queue takes these events, kept', {
      events,
      count: outcome.unroutable.length,
    });
  }
  if (outcome.failed.length > 0) {
    ctx.logger.warn('outbox: not published yet', {
      left: outcome.failed.length,
      ...describeError(outcome.error),
    });
  }
  try {
    await markPublished(documents, outcome.confirmed);
    await defer(documents, outcome.unroutable);
    await release(documents, outcome.failed.map(idOf));
  } catch (error) {
    ctx.logger.warn('outbox: outcome not written, events may be repeated', describeError(error));
  }
  return outcome.failed.length;
}

interface Outcome {
  readonly confirmed: OutboxDocument[];
  readonly unroutable: OutboxDocument[];
  readonly failed: OutboxDocument[];
  error?: unknown;
}

function sort(batch: readonly OutboxDocument[], results: readonly PromiseSettledResult<void>[]): Outcome {
  const outcome: Outcome = { confirmed: [], unroutable: [], failed: [] };
  batch.forEach((document, index) => {
    const result = results[index];
    if (result?.status === 'fulfilled') outcome.confirmed.push(document);
    else if (result?.reason instanceof UnroutableError) outcome.unroutable.push(document);
    else {
      outcome.failed.push(document);
      outcome.error = result?.reason;
    }
  });
  return outcome;
}

function idOf(document: OutboxDocument): string {
  return document._id;
}
