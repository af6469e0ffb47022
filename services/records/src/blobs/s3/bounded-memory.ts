import { Unavailable } from '@careplane/kit';
import type { Memory } from '../regroup.ts';

/** So many bytes in all. Who finds none left is told to come again: clients go on with an upload that broke off. */
export function boundedMemory(bytes: number): Memory {
  let left = bytes;
  return {
    take(wanted): void {
      if (wanted > left) throw new Unavailable(1, { detail: 'Too many uploads are under way' });
      left -= wanted;
    },
    give(returned): void {
      left += returned;
    },
  };
}
