import { insertUnlessThere } from '@careplane/kit';
import type { Collection, Mongo } from '@careplane/kit';
import { EMPTY_ROOT } from '@careplane/tlog';
import type { TreeHead } from '@careplane/tlog';

/** The collection of what was cosigned last, by log. */
export const STATES = 'logs';

interface StoredState {
  /** The log's origin. */
  readonly _id: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
}

/** What the witness has cosigned last of each log. It never goes back. */
export interface States {
  /** An empty tree when it has cosigned none. */
  latest(origin: string): Promise<TreeHead>;
  /** Goes from one tree to the next, in one step. @returns false, and nothing changes, when the latest is not `from` any more */
  advance(origin: string, from: TreeHead, to: TreeHead): Promise<boolean>;
}

/** The states in the witness's own database. */
export function storedStates(mongo: Pick<Mongo, 'collection'>): States {
  const states: Collection<StoredState> = mongo.collection<StoredState>(STATES);
  return {
    async latest(origin) {
      const found = await states.findOne({ _id: origin });
      return found
        ? { size: found.size, root: Buffer.from(found.root, 'base64') }
        : { size: 0, root: EMPTY_ROOT };
    },
    async advance(origin, from, to) {
      if (from.size === 0) await insertUnlessThere(states, stateOf(origin, from));
      const { _id, ...before } = stateOf(origin, from);
      const { matchedCount } = await states.updateOne(
        { _id, ...before },
        { $set: { ...stateOf(origin, to) } },
      );
      return matchedCount === 1;
    },
  };
}

function stateOf(_id: string, { size, root }: TreeHead): StoredState {
  return { _id, size, root: Buffer.from(root).toString('base64') };
}
