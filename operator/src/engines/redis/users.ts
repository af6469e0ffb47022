import type { Redis } from 'ioredis';
import { z } from 'zod';
import { aclRules, OPERATOR_USER, type AclUser } from './acl.ts';

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

/** Users to set anew and users to delete. Pure. */
export function aclChanges(
  existing: readonly ExistingAclUser[],
  wanted: readonly AclUser[],
): { set: AclUser[]; remove: string[] } {
  const present = new Map(existing.map((user) => [user.name, user]));
  const names = new Set([...wanted.map(({ name }) => name), 'default', OPERATOR_USER]);
  return {
    set: wanted.filter((user) => !isAsWanted(present.get(user.name), user)),
    remove: existing.map(({ name }) => name).filter((name) => !names.has(name)),
  };
}

/** Brings the server's users in line at once; connections of users that are removed are closed by the server. Returns how many changed. */
export async function convergeAcl(client: Redis, wanted: readonly AclUser[]): Promise<number> {
  const { set, remove } = aclChanges(await readAclUsers(client), wanted);
  for (const user of set) await client.call('ACL', 'SETUSER', user.name, ...aclRules(user));
  if (remove.length > 0) await client.call('ACL', 'DELUSER', ...remove);
  return set.length + remove.length;
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
