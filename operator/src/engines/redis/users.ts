import type { Redis } from 'ioredis';
import * as z from 'zod';
import { departures, overdue, type Departing, type Grace } from '../departing.ts';
import { applyEach, type RefusedUser } from '../refused-users.ts';
import { aclRules, OPERATOR_USER, PROBE_USER, type AclUser } from './acl.ts';

/** What `ACL GETUSER` tells of a user, as far as it is compared. */
export interface ExistingAclUser {
  name: string;
  isOn: boolean;
  passwordHashes: string[];
  /** Space-separated, as `~a:* ~b:*`. */
  keys: string;
  channels: string;
  commands: string;
  hasSelectors: boolean;
}

const namesSchema = z.array(z.string());
const userSchema = z.object({
  flags: z.array(z.string()),
  passwords: z.array(z.string()),
  keys: z.string(),
  channels: z.string(),
  commands: z.string(),
  selectors: z.array(z.unknown()).default([]),
});

/** Every user of the server. */
export async function readAclUsers(client: Redis): Promise<ExistingAclUser[]> {
  const users: ExistingAclUser[] = [];
  for (const name of namesSchema.parse(await client.call('ACL', 'USERS'))) {
    const answer = await client.call('ACL', 'GETUSER', name);
    const { flags, passwords, keys, channels, commands, selectors } = userSchema.parse(pairs(answer));
    const isOn = flags.includes('on');
    users.push({
      name,
      isOn,
      passwordHashes: passwords,
      keys,
      channels,
      commands,
      hasSelectors: selectors.length > 0,
    });
  }
  return users;
}

export interface AclChanges {
  set: AclUser[];
  remove: string[];
  /** Users that nobody wants and that stay for now. */
  departing: Departing[];
}

/** Users to set anew, and users to delete since nobody wants them and their grace is over. Pure. */
export function aclChanges(
  existing: readonly ExistingAclUser[],
  wanted: readonly AclUser[],
  grace: Grace,
): AclChanges {
  const present = new Map(existing.map((user) => [user.name, user]));
  const names = new Set([...wanted.map(({ name }) => name), 'default', OPERATOR_USER, PROBE_USER]);
  const left = existing.map(({ name }) => name).filter((name) => !names.has(name));
  const departing = departures(left, grace);
  const due = overdue(departing, grace);
  return {
    set: wanted.filter((user) => !isAsWanted(present.get(user.name), user)),
    remove: left.filter((name) => due.has(name)),
    departing: departing.filter(({ service }) => !due.has(service)),
  };
}

/** What was changed, and what the server refused. */
export interface AclReport {
  changes: number;
  refused: RefusedUser[];
  departing: Departing[];
}

/** Brings the server's users in line; connections of users that are removed are closed by the server. */
export async function convergeAcl(
  client: Redis,
  wanted: readonly AclUser[],
  grace: Grace,
): Promise<AclReport> {
  const { set, remove, departing } = aclChanges(await readAclUsers(client), wanted, grace);
  const give = async (user: AclUser): Promise<void> => {
    await client.call('ACL', 'SETUSER', user.name, ...aclRules(user));
  };
  const refused = await applyEach(set, give, { ownerOf: ({ name }) => name, isRefusal });
  if (remove.length > 0) await client.call('ACL', 'DELUSER', ...remove);
  return { changes: set.length - refused.length + remove.length, refused, departing };
}

/** An answer of the server, and not a lost connection. */
function isRefusal(error: unknown): boolean {
  return Error.isError(error) && error.name === 'ReplyError';
}

function isAsWanted(found: ExistingAclUser | undefined, wanted: AclUser): boolean {
  if (found?.isOn !== true || found.hasSelectors) return false;
  const [hash, ...others] = found.passwordHashes;
  return (
    hash === wanted.passwordHash &&
    others.length === 0 &&
    found.keys === wanted.patterns.map((pattern) => `~${pattern}`).join(' ') &&
    found.channels === wanted.patterns.map((pattern) => `&${pattern}`).join(' ') &&
    found.commands === normalCommands(wanted.commands)
  );
}

/** The server tells a user's rules as they were given, but always from `-@all` or `+@all` on. */
function normalCommands(commands: readonly string[]): string {
  const [first] = commands;
  return first === '-@all' || first === '+@all' ? commands.join(' ') : ['-@all', ...commands].join(' ');
}

/** RESP2 answers maps as flat lists. */
function pairs(answer: unknown): Record<string, unknown> {
  const list = z.array(z.unknown()).parse(answer);
  const entries: [string, unknown][] = [];
  for (let index = 0; index + 1 < list.length; index += 2)
    entries.push([String(list[index]), list[index + 1]]);
  return Object.fromEntries(entries);
}
