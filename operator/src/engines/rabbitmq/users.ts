import type { Change } from './management.ts';
import { tagsOf, type Definitions } from './observed-topology.ts';
import { hashPassword, isPassword } from './password.ts';
import { unionOf, type BrokerUser, type Permission, type TopicPermission } from './topology.ts';

/** Tag of the users that we made; it gives no rights. */
export const USER_TAG = 'careplane';

interface UsersWanted {
  vhost: string;
  passwords: ReadonlyMap<string, string>;
  rolling?: ReadonlySet<string>;
}

/** What is to be done for one user: its password, its permissions. */
export function userChanges(definitions: Definitions, wanted: UsersWanted, user: BrokerUser): Change[] {
  const { vhost, passwords, rolling } = wanted;
  const { name } = user;
  const password = passwords.get(name);
  if (password === undefined) return [];
  const held = heldBy(definitions, vhost, name);
  const allowed = rolling?.has(name) === true ? widened(user, held) : user;
  return [
    ...(isKnown(definitions, name, password) ? [] : [put(['users', name], accountOf(password))]),
    ...(held.permission !== undefined && isSame(held.permission, allowed.permission)
      ? []
      : [put(['permissions', vhost, name], allowed.permission)]),
    ...allowed.topicPermissions
      .filter((topic) => !held.topics.some((one) => isSame(one, topic)))
      .map((topic) => put(['topic-permissions', vhost, name], topic)),
  ];
}

function isKnown({ users }: Definitions, name: string, password: string): boolean {
  const found = users.find((user) => user.name === name);
  return (
    found !== undefined && tagsOf(found).join() === USER_TAG && isPassword(password, found.password_hash)
  );
}

function accountOf(password: string): Record<string, string> {
  return {
    password_hash: hashPassword(password),
    hashing_algorithm: 'rabbit_password_hashing_sha256',
    tags: USER_TAG,
  };
}

/** What a user may do by now. */
interface Held {
  permission: Permission | undefined;
  topics: readonly TopicPermission[];
}

function heldBy({ permissions, topic_permissions }: Definitions, vhost: string, name: string): Held {
  const isIts = (entry: { vhost: string; user: string }): boolean =>
    entry.vhost === vhost && entry.user === name;
  return { permission: permissions.find(isIts), topics: topic_permissions.filter(isIts) };
}

/** The user with what it held before: its pods of a former revision go on as long as they run. */
function widened(user: BrokerUser, { permission, topics }: Held): BrokerUser {
  const { configure, write, read } = user.permission;
  return {
    name: user.name,
    permission: {
      configure,
      write: unionOf(write, permission?.write),
      read: unionOf(read, permission?.read),
    },
    topicPermissions: user.topicPermissions.map((topic) => {
      const before = topics.find(({ exchange }) => exchange === topic.exchange);
      return { ...topic, write: unionOf(topic.write, before?.write) };
    }),
  };
}

/** Whether what was found has everything that is wanted. */
export function isSame(found: object, wanted: object): boolean {
  const actual = found as Record<string, unknown>;
  return Object.entries(wanted).every(([key, value]) => actual[key] === value);
}

/** A request that makes or replaces something. */
export function put(path: string[], body: unknown): Change {
  return { method: 'PUT', path, body };
}
