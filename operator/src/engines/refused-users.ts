/** A user that the engine does not take. The others are served all the same. */
export interface RefusedUser {
  service: string;
  /** In the engine's words, or why it was not even asked. */
  reason: string;
}

/** Wanted users, without those whose names are the engine's own. */
export interface PermittedUsers<User> {
  permitted: User[];
  refused: RefusedUser[];
}

/** Sets apart the users whose names belong to the engine. Pure. */
export function withoutReserved<User>(
  users: readonly User[],
  nameOf: (user: User) => string,
  reserved: Readonly<Record<string, string>>,
): PermittedUsers<User> {
  const permitted: User[] = [];
  const refused: RefusedUser[] = [];
  for (const user of users) {
    const service = nameOf(user);
    const reason = Object.hasOwn(reserved, service) ? reserved[service] : undefined;
    if (reason === undefined) permitted.push(user);
    else refused.push({ service, reason });
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
      refused.push({ service: ownerOf(change), reason: error instanceof Error ? error.message : 'refused' });
    }
  }
  return refused;
}
