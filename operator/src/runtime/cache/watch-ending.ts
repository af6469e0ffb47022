import { ApiError, ApiUnreachable, isStatus } from '../errors.ts';
import { isNewer } from '../keys.ts';
import { IdleTimeout } from './idle-timeout.ts';
import type { Entry } from './store.ts';
import type { WatchEvent } from './watch-event.ts';

/** Why a watch ended, for the metric. */
export type WatchEnding =
  'ended' | 'expired' | 'silent' | 'disordered' | 'outdated' | 'joined' | 'forbidden' | 'error';

/** It is time for a new list, or what is to be cached has changed. */
export class Outdated extends Error {
  constructor() {
    super('everything is to be listed again');
    this.name = 'Outdated';
  }
}

/** A namespace joined what is cached: it is listed by itself, and the watch goes on from where it was. */
export class Joined extends Error {
  constructor() {
    super('a namespace is to be listed');
    this.name = 'Joined';
  }
}

/** An event that is older than what was heard before: the watch cannot be believed any more. */
export class Disordered extends Error {
  constructor(event: WatchEvent, seen: string) {
    const { kind, metadata } = event.object;
    super(`${event.type} ${kind} ${metadata.name} at version ${metadata.resourceVersion}, after ${seen}`);
    this.name = 'Disordered';
  }
}

export function endingOf(error: unknown): WatchEnding {
  if (isStatus(error, 410)) return 'expired';
  if (isStatus(error, 403)) return 'forbidden';
  if (error instanceof IdleTimeout) return 'silent';
  if (error instanceof Outdated) return 'outdated';
  if (error instanceof Joined) return 'joined';
  return error instanceof Disordered ? 'disordered' : 'error';
}

/** A watch that ends sooner, however politely, must not be begun again at once. */
const SHORT_WATCH_MS = 1_000;
/** Nor one sooner than this that ends in a list, which costs more. */
const SHORT_BEFORE_LIST_MS = 10_000;

/** Whether there is a pause before what comes after the watch. */
export function needsPause(ending: WatchEnding, lastedMs: number): boolean {
  if (ending === 'error') return true;
  if (ending === 'outdated' || ending === 'joined') return false;
  return lastedMs < (ending === 'ended' ? SHORT_WATCH_MS : SHORT_BEFORE_LIST_MS);
}

/** What happens now and then to the best server needs no warning. */
export function isTrouble(ending: WatchEnding): boolean {
  return ending === 'silent' || ending === 'disordered' || ending === 'error';
}

/** Whether the watch can be begun again where it ended; otherwise everything must be listed. */
export function canResume(ending: WatchEnding): boolean {
  return ending === 'ended' || ending === 'joined' || ending === 'error';
}

/** The server could be asked and what it sent was no good; asking again from the same version may give the same. */
export function isSpoilt(error: unknown): boolean {
  return (
    !(error instanceof ApiUnreachable || error instanceof Outdated || error instanceof Joined) &&
    !(error instanceof ApiError && error.status === 429)
  );
}

/** Versions of one watch rise. `repeated`: heard before; out of order: an event was lost, or etcd was restored. */
export function orderOf(
  event: WatchEvent,
  seen: string | undefined,
  cached: Entry | undefined,
): 'next' | 'repeated' | 'wrong' {
  const { uid, resourceVersion } = event.object.metadata;
  if (isNewer(resourceVersion, seen)) return 'next';
  if (resourceVersion === seen) return event.type === 'BOOKMARK' ? 'next' : 'repeated';
  const known = cached?.object.metadata;
  const isKnown =
    event.type !== 'DELETED' && known?.uid === uid && known?.resourceVersion === resourceVersion;
  return isKnown ? 'repeated' : 'wrong';
}
