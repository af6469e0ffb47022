import type { EventHandlers } from '@careplane/kit';
import type { Erasures } from './erasures.ts';

/** Services say that they have nothing about a patient any more. */
export function erasureHandlers(erasures: Pick<Erasures, 'doneBy'>): EventHandlers {
  return {
    'patient.erasure.done': async ({ data: { service, ...erasure } }) => {
      await erasures.doneBy(service, erasure);
      return 'ok';
    },
  };
}
