import type { ReplicaSetReport } from '../../engines/mongodb/converge.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
import { UsersSynced } from './conditions.ts';

/** The condition `UsersSynced`. Nothing when nobody could be asked: the plan's condition stands. */
export function usersCondition(
  { userChanges, refused }: Pick<ReplicaSetReport, 'userChanges' | 'refused'>,
  users: number,
): JudgedCondition[] {
  if (userChanges === undefined) return [];
  if (refused.length > 0) {
    const who = refused.map(({ service, reason }) => `${service} (${reason})`).join(', ');
    return [UsersSynced.because('UsersRefused', `no user for ${who}; the others have theirs`)];
  }
  const message = `${users} services have a user with exactly the rights on their own data`;
  return [UsersSynced.because('Synced', message)];
}
