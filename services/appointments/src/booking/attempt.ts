import type { Store } from '../store.ts';
import type { Wish } from './book.ts';
import { ClaimLost, isTaken } from './claim.ts';
import type { EndAttempt, SlotRivals } from './slot-rivals.ts';

/** To be called with the wish, before the transaction. @throws ClaimLost when it would be lost */
export type Enter = (wish: Pick<Wish, 'schedule' | 'visit'>) => Promise<void>;

/**
 * Runs an attempt to book. The two looks of `enter` make losing cheap: is the time taken, and is somebody else in this process
 * about to take it? The claims alone decide who gets it.
 */
export async function attempt<R>(
  { store, rivals }: { readonly store: Store; readonly rivals: SlotRivals },
  run: (enter: Enter) => Promise<R>,
): Promise<R> {
  let end: EndAttempt | undefined;
  let won = false;
  const enter: Enter = async ({ schedule: { practitionerId }, visit }) => {
    if (await isTaken(store, practitionerId, visit)) throw new ClaimLost('slot-taken');
    end = await rivals.enter(`${practitionerId} ${visit.start}`);
    if (end === undefined) throw new ClaimLost('slot-taken');
  };
  try {
    const result = await run(enter);
    won = true;
    return result;
  } finally {
    end?.(won);
  }
}
