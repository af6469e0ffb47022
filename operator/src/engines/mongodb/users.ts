import { createHash, createHmac } from 'node:crypto';
import type { MongoClient } from 'mongodb';
import * as z from 'zod';
import { departures, overdue, type Departing, type Grace } from '../departing.ts';
import { applyEach, type RefusedUser } from '../refused-users.ts';
import type { MongoAccess } from './member.ts';

/** A service's user: it may use the database of its own name, and nothing else. */
export interface WantedUser {
  service: string;
  password: string;
  /** What it may do there; read and write when absent. `AsTheyAre`: of a service that departs, whose rights nobody declares any more. */
  rights?: InsertOnly | 'AsTheyAre';
}

/** Insert and find, and in these collections also update and delete. */
export interface InsertOnly {
  mutableCollections: readonly string[];
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
  action: 'create' | 'update' | 'drop';
  user: string;
  db: string;
  /** Absent for `drop`, and where the rights stay as they are. */
  role?: UserRole;
  /** Absent for `drop`. */
  password?: string;
}

/** A role, and for one of ours what it grants. */
interface UserRole {
  role: string;
  insertOnly?: InsertOnly;
}

const MANAGER = 'careplane';
const WRITE_CONCERN = { w: 'majority', wtimeout: 10_000 } as const;

/** All users of the set; readable on any member. */
export async function readUsers(client: MongoClient): Promise<ExistingUser[]> {
  const answer = await client.db('admin').command({ usersInfo: { forAllDBs: true } });
  return usersSchema.parse(answer).users;
}

export interface UserChanges {
  list: UserChange[];
  /** Owners of users that nobody wants and that stay for now. */
  departing: Departing[];
}

/**
 * What has to change. Pure. Users that somebody else made are left alone, unless they have the name and database of one of ours. Ours
 * that nobody wants are dropped when their grace is over.
 * @param secret keys the digests that tell whether a password is the present one, without telling the password
 */
export function userChanges(
  existing: readonly ExistingUser[],
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
  return {
    list: [...changes, ...dropped.map(({ user, db }) => ({ action: 'drop' as const, user, db }))],
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

/**
 * Applies the changes on the primary, each acknowledged by a majority. Resolves to those that the engine refused.
 * @throws the signal's reason between two of them, and whatever is no answer to one of them
 */
export async function applyUserChanges(
  client: MongoClient,
  changes: readonly UserChange[],
  { keyfile: secret, signal }: Pick<MongoAccess, 'keyfile' | 'signal'>,
): Promise<RefusedUser[]> {
  const apply = async ({ action, user, db, password = '', role }: UserChange): Promise<void> => {
    signal?.throwIfAborted();
    if (action === 'drop') {
      await client.db(db).command({ dropUser: user, writeConcern: WRITE_CONCERN });
      return;
    }
    if (role?.insertOnly) await makeRole(client, db, { role: role.role, ...role.insertOnly });
    await client.db(db).command({
      [action === 'create' ? 'createUser' : 'updateUser']: user,
      pwd: password,
      ...(role ? { roles: [{ role: role.role, db }] } : {}),
      mechanisms: ['SCRAM-SHA-256'],
      customData: { managedBy: MANAGER, password: passwordDigest(password, secret) },
      writeConcern: WRITE_CONCERN,
    });
  };
  return applyEach(changes, apply, { ownerOf: ({ user }) => user, isRefusal });
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

/** The name says what the role grants: who has another one has other rights. */
function roleOf(rights: InsertOnly | undefined): UserRole {
  if (rights === undefined) return { role: 'readWrite' };
  const names = [...rights.mutableCollections].sort();
  const digest = createHash('sha256').update(names.join('\0')).digest('hex').slice(0, 16);
  return { role: `insert-only-${digest}`, insertOnly: { mutableCollections: names } };
}

/** On everything of the database: what makes collections and indexes, and adds to them. No index of it deletes: see decision 0027. */
const INSERT_ONLY = [
  'find',
  'insert',
  'createCollection',
  'createIndex',
  'listCollections',
  'listIndexes',
] as const;
const MUTABLE = ['update', 'remove'] as const;

async function makeRole(
  client: MongoClient,
  db: string,
  { role, mutableCollections }: { role: string } & InsertOnly,
): Promise<void> {
  const privileges = [
    { resource: { db, collection: '' }, actions: INSERT_ONLY },
    ...mutableCollections.map((collection) => ({ resource: { db, collection }, actions: MUTABLE })),
  ];
  const found = await client.db(db).command({ rolesInfo: { role, db } });
  const isThere = z.object({ roles: z.array(z.unknown()) }).parse(found).roles.length > 0;
  await client.db(db).command({
    [isThere ? 'updateRole' : 'createRole']: role,
    privileges,
    roles: [],
    writeConcern: WRITE_CONCERN,
  });
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
