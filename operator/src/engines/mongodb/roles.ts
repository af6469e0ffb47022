import { createHash } from 'node:crypto';
import type { MongoClient } from 'mongodb';
import * as z from 'zod';

/** Insert and find, and in these collections also update and delete. */
export interface InsertOnly {
  mutableCollections: readonly string[];
}

/** A role of the engine, or one of ours with what it grants. */
export interface UserRole {
  role: string;
  insertOnly?: InsertOnly;
}

const PREFIX = 'insert-only-';
const WRITE_CONCERN = { w: 'majority', wtimeout: 10_000 } as const;

/** The name says what the role grants: who has another one has other rights. */
export function roleOf(rights: InsertOnly | undefined): UserRole {
  if (rights === undefined) return { role: 'readWrite' };
  const names = [...rights.mutableCollections].sort();
  const digest = createHash('sha256').update(names.join('\0')).digest('hex').slice(0, 16);
  return { role: `${PREFIX}${digest}`, insertOnly: { mutableCollections: names } };
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

interface Privilege {
  resource: { db: string; collection: string };
  actions: readonly string[];
}

function privilegesOf(db: string, { mutableCollections }: InsertOnly): Privilege[] {
  return [
    { resource: { db, collection: '' }, actions: INSERT_ONLY },
    ...mutableCollections.map((collection) => ({ resource: { db, collection }, actions: MUTABLE })),
  ];
}

const rolesSchema = z.array(
  z.looseObject({
    role: z.string(),
    db: z.string(),
    privileges: z.array(
      z.looseObject({
        resource: z.looseObject({ db: z.string().optional(), collection: z.string().optional() }),
        actions: z.array(z.string()),
      }),
    ),
    roles: z.array(z.unknown()),
  }),
);

/** A role of ours as it is at the engine. */
export type ExistingRole = z.infer<typeof rolesSchema>[number];

/** All roles of ours. No command tells those of all databases (`rolesInfo` takes one), so their collection is read. */
export async function readRoles(client: MongoClient): Promise<ExistingRole[]> {
  const ours = { role: { $regex: `^${PREFIX}` } };
  const options = { readPreference: 'primaryPreferred' } as const;
  return rolesSchema.parse(await client.db('admin').collection('system.roles').find(ours, options).toArray());
}

/** Whether a role grants exactly what its name says: somebody may have changed it by hand. */
export function grantsExactly({ db, privileges, roles }: ExistingRole, wanted: InsertOnly): boolean {
  if (roles.length > 0) return false;
  return sameTexts(privileges.map(textOf), privilegesOf(db, wanted).map(textOf));
}

function textOf({
  resource,
  actions,
}: {
  readonly resource: object;
  readonly actions: readonly string[];
}): string {
  const entries = Object.entries(resource).sort(([left], [right]) => left.localeCompare(right));
  return JSON.stringify([entries, [...actions].sort()]);
}

function sameTexts(left: readonly string[], right: readonly string[]): boolean {
  return [...left].sort().join('\n') === [...right].sort().join('\n');
}

/** Makes a role, or brings it back to what its name says. */
export async function defineRole(
  client: MongoClient,
  db: string,
  role: string,
  rights: InsertOnly,
): Promise<void> {
  const found = await client.db(db).command({ rolesInfo: { role, db } });
  const isThere = z.object({ roles: z.array(z.unknown()) }).parse(found).roles.length > 0;
  await client.db(db).command({
    [isThere ? 'updateRole' : 'createRole']: role,
    privileges: privilegesOf(db, rights),
    roles: [],
    writeConcern: WRITE_CONCERN,
  });
}

export async function dropRole(client: MongoClient, db: string, role: string): Promise<void> {
  await client.db(db).command({ dropRole: role, writeConcern: WRITE_CONCERN });
}
