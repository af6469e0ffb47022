import { reservedMessage, type AccountEngine } from '../api/reserved-names.ts';
import { reservedAccount } from '../names/reserved-name.ts';

/** A user that the engine does not take. The others are served all the same. */
export interface RefusedUser {
  service: string;
  /** In the engine's words, or why it was not even asked. */
  reason: string;
}

/** Wanted users, without those whose names are the engine's or the operator's own. */
export interface PermittedUsers<User> {
  permitted: User[];
  refused: RefusedUser[];
}

/** Sets apart the users whose names are taken at the engine. Admission and `BindingsReady` come first: this is the second line. Pure. */
export function withoutReserved<User>(
  engine: AccountEngine,
  users: readonly User[],
  nameOf: (user: User) => string,
): PermittedUsers<User> {
  const permitted: User[] = [];
  const refused: RefusedUser[] = [];
  for (const user of users) {
    const service = nameOf(user);
    const reserved = reservedAccount(engine, service);
    if (reserved === undefined) permitted.push(user);
    else refused.push({ service, reason: reservedMessage(reserved) });
  }
  return { permitted, refused };
}

/**
 * Applies every change, though the engine refuses some of them. What is no answer of the engine to this one change ends the round.
 * @param isRefusal whether an error is the engine's answer to the change
 */
export async function applyEach<Change>(
  changes: readonly Change[],
  apply: (change: Change) => Promise<void>,
  { ownerOf, isRefusal }: { ownerOf: (change: Change) => string; isRefusal: (error: unknown) => boolean },
): Promise<RefusedUser[]> {
  const refused: RefusedUser[] = [];
  for (const change of changes) {
    try {
      await apply(change);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refused.push({ service: ownerOf(change), reason: Error.isError(error) ? error.message : 'refused' });
    }
  }
  return refused;
}
