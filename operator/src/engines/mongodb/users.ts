import { createHmac } from 'node:crypto';
import type { MongoClient } from 'mongodb';
import * as z from 'zod';
import { departures, overdue, type Departing, type Grace } from '../departing.ts';
import { applyEach, type RefusedUser } from '../refused-users.ts';
import type { MongoAccess } from './member.ts';
import {
  defineRole,
  dropRole,
  grantsExactly,
  roleOf,
  type ExistingRole,
  type InsertOnly,
  type UserRole,
} from './roles.ts';

export type { InsertOnly } from './roles.ts';

/** A service's user: it may use the database of its own name, and nothing else. */
export interface WantedUser {
  service: string;
  password: string;
  /** What it may do there; read and write when absent. `AsTheyAre`: of a service that departs, whose rights nobody declares any more. */
  rights?: InsertOnly | 'AsTheyAre';
}

const usersSchema = z.object({
  users: z.array(
    z.looseObject({
      user: z.string(),
      db: z.string(),
      roles: z.array(z.object({ role: z.string(), db: z.string() })),
      customData: z
        .looseObject({ managedBy: z.string().optional(), password: z.string().optional() })
        .optional(),
    }),
  ),
});

export type ExistingUser = z.infer<typeof usersSchema>['users'][number];

export interface UserChange {
  /** `dropRole`: a role of ours that nobody has any more. `defineRole`: one that somebody has changed. */
  action: 'create' | 'update' | 'drop' | 'dropRole' | 'defineRole';
  user: string;
  db: string;
  /** Absent for `drop`, and where the rights stay as they are; of `dropRole`, the one that goes. */
  role?: UserRole;
  /** Of `create` and `update`. */
  password?: string;
}

const MANAGER = 'careplane';
const WRITE_CONCERN = { w: 'majority', wtimeout: 10_000 } as const;

/** All users of the set; readable on any member. */
export async function readUsers(client: MongoClient): Promise<ExistingUser[]> {
  const answer = await client.db('admin').command({ usersInfo: { forAllDBs: true } });
  return usersSchema.parse(answer).users;
}

/** Who there is at the engine, and what our roles grant. */
export interface ExistingAccess {
  users: readonly ExistingUser[];
  roles: readonly ExistingRole[];
}

export interface UserChanges {
  list: UserChange[];
  /** Owners of users that nobody wants and that stay for now. */
  departing: Departing[];
}

/**
 * What has to change. Pure. Users that somebody else made are left alone, unless they have the name and database of one of ours. Ours
 * that nobody wants are dropped when their grace is over, and our roles when nobody has them any more.
 * @param secret keys the digests that tell whether a password is the present one, without telling the password
 */
export function userChanges(
  { users: existing, roles }: ExistingAccess,
  wanted: readonly WantedUser[],
  secret: string,
  grace: Grace,
): UserChanges {
  const changes = missing(existing, wanted, secret);
  const names = new Set(wanted.map(({ service }) => service));
  const left = existing.filter(
    ({ user, db, customData }) => customData?.managedBy === MANAGER && !(names.has(user) && user === db),
  );
  const departing = departures(
    left.map(({ user }) => user),
    grace,
  );
  const due = overdue(departing, grace);
  const dropped = left.filter(({ user }) => due.has(user));
  const drops = dropped.map(({ user, db }) => ({ action: 'drop' as const, user, db }));
  return {
    list: [...changes, ...drops, ...roleChanges({ users: existing, roles }, wanted)],
    departing: departing.filter(({ service }) => !due.has(service)),
  };
}

function missing(
  existing: readonly ExistingUser[],
  wanted: readonly WantedUser[],
  secret: string,
): UserChange[] {
  const changes: UserChange[] = [];
  for (const { service, password, rights } of wanted) {
    const found = existing.find(({ user, db }) => user === service && db === service);
    const change = { user: service, db: service, password };
    const role = rights === 'AsTheyAre' ? undefined : roleOf(rights);
    // who departs and has no user needs none
    if (found === undefined) changes.push(...(role ? [{ action: 'create' as const, ...change, role }] : []));
    else if (!isAsWanted(found, passwordDigest(password, secret), role))
      changes.push({ action: 'update', ...change, ...(role ? { role } : {}) });
  }
  return changes;
}

/** A role by its database and name. */
function named({ db, role }: { db: string; role: string }): string {
  return `${db}.${role}`;
}

/**
 * What has to change of our roles. A role goes in the round after its user has got another one or is gone: were that refused, the user would be left
 * with nothing. Pure.
 */
function roleChanges({ users, roles }: ExistingAccess, wanted: readonly WantedUser[]): UserChange[] {
  const ofOurs = new Map(
    wanted.flatMap(({ service, rights }) => {
      const role = rights === 'AsTheyAre' ? undefined : roleOf(rights);
      return role?.insertOnly ? [[named({ db: service, role: role.role }), role] as const] : [];
    }),
  );
  const held = new Set([...ofOurs.keys(), ...users.flatMap((user) => user.roles.map(named))]);
  const left = roles.filter((role) => !held.has(named(role)));
  const bent = roles.flatMap((role) => {
    const insertOnly = ofOurs.get(named(role))?.insertOnly;
    return insertOnly && !grantsExactly(role, insertOnly)
      ? [{ action: 'defineRole' as const, user: role.db, db: role.db, role: { role: role.role, insertOnly } }]
      : [];
  });
  return [
    ...bent,
    ...left.map(({ db, role }) => ({ action: 'dropRole' as const, user: db, db, role: { role } })),
  ];
}

/**
 * Applies the changes on the primary, each acknowledged by a majority. Resolves to those that the engine refused.
 * @throws the signal's reason between two of them, and whatever is no answer to one of them
 */
export async function applyUserChanges(
  client: MongoClient,
  changes: readonly UserChange[],
  { keyfile: secret, signal }: Pick<MongoAccess, 'keyfile' | 'signal'>,
): Promise<RefusedUser[]> {
  const apply = async (change: UserChange): Promise<void> => {
    signal?.throwIfAborted();
    const { action, user, db, role } = change;
    if (action === 'drop') await client.db(db).command({ dropUser: user, writeConcern: WRITE_CONCERN });
    else if (action === 'dropRole') await dropRole(client, db, role?.role ?? '');
    else {
      if (role?.insertOnly) await defineRole(client, db, role.role, role.insertOnly);
      if (action !== 'defineRole') await putUser(client, change, secret);
    }
  };
  return applyEach(changes, apply, { ownerOf: ({ user }) => user, isRefusal });
}

async function putUser(
  client: MongoClient,
  { action, user, db, password = '', role }: UserChange,
  secret: string,
): Promise<void> {
  await client.db(db).command({
    [action === 'create' ? 'createUser' : 'updateUser']: user,
    pwd: password,
    ...(role ? { roles: [{ role: role.role, db }] } : {}),
    mechanisms: ['SCRAM-SHA-256'],
    customData: { managedBy: MANAGER, password: passwordDigest(password, secret) },
    writeConcern: WRITE_CONCERN,
  });
}

/**
 * NotWritablePrimary, NotPrimaryNoSecondaryOk, NotPrimaryOrSecondary, PrimarySteppedDown, ShutdownInProgress, InterruptedAtShutdown,
 * InterruptedDueToReplStateChange: the primary is another's, and no user is to blame.
 * https://github.com/mongodb/mongo/blob/v6.0/src/mongo/base/error_codes.yml
 */
const STATE_CHANGES: ReadonlySet<unknown> = new Set([10_107, 13_435, 13_436, 189, 91, 11_600, 11_602]);

/** By name: the driver is not loaded for its classes. */
export function isRefusal(error: unknown): boolean {
  if (!Error.isError(error) || !('code' in error) || STATE_CHANGES.has(error.code)) return false;
  // No majority has confirmed the change in time.
  return error.name === 'MongoServerError' || error.name === 'MongoWriteConcernError';
}

function isAsWanted(
  { db, roles, customData }: ExistingUser,
  password: string,
  wanted: UserRole | undefined,
): boolean {
  const [role] = roles;
  const hasRights = !wanted || (roles.length === 1 && role?.role === wanted.role && role.db === db);
  return hasRights && customData?.managedBy === MANAGER && customData.password === password;
}

/** The server hands custom data out to whoever may see users, so the digest is keyed. */
function passwordDigest(password: string, secret: string): string {
  return createHmac('sha256', secret).update(password).digest('base64url');
}
