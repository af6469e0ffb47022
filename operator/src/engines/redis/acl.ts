import { createHash } from 'node:crypto';

/** The user that the operator itself logs in as. */
export const OPERATOR_USER = 'careplane-operator';

/** As whom the readiness probe asks; it may do nothing else. */
export const PROBE_USER = 'careplane-probe';

export interface AclUser {
  name: string;
  /** Lower-case hexadecimal SHA-256 of the password, as Redis keeps it. */
  passwordHash: string;
  /** Glob patterns of keys, and of channels. */
  patterns: readonly string[];
  /** Command rules, in their order. */
  commands: readonly string[];
}

/**
 * What a service may do with its own keys: everything that reads and writes data, transactions, scripts and publish/subscribe.
 * Not: administration, whatever is dangerous to others (KEYS, FLUSHALL, …), and commands that show keys or counts of everybody
 * (SCAN, RANDOMKEY, DBSIZE), since key patterns do not restrict those. INFO tells a client library when a restarted server is ready.
 * https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
const SERVICE_COMMANDS = [
  '-@all',
  '+@read',
  '+@write',
  '+@connection',
  '+@transaction',
  '+@scripting',
  '+@pubsub',
  '-@admin',
  '-@dangerous',
  '-function',
  '-script',
  '+script|load',
  '+script|exists',
  '-scan',
  '-randomkey',
  '-dbsize',
  '+info',
] as const;

/** The user of a service: only keys and channels that begin with its name and a colon. */
export function serviceUser(service: string, password: string): AclUser {
  return {
    name: service,
    passwordHash: passwordHash(password),
    patterns: [`${service}:*`],
    commands: SERVICE_COMMANDS,
  };
}

export function operatorUser(password: string): AclUser {
  return { name: OPERATOR_USER, passwordHash: passwordHash(password), patterns: ['*'], commands: ['+@all'] };
}

/** Its password is no secret: a ping tells only that the server has loaded its data. */
export function probeUser(): AclUser {
  return {
    name: PROBE_USER,
    passwordHash: passwordHash(PROBE_USER),
    patterns: [],
    commands: ['-@all', '+ping'],
  };
}

/** The rules of a user from nothing on, as `ACL SETUSER` and the ACL file take them. */
export function aclRules({ passwordHash: hash, patterns, commands }: AclUser): string[] {
  return [
    'reset',
    'on',
    `#${hash}`,
    ...patterns.map((pattern) => `~${pattern}`),
    'resetchannels',
    ...patterns.map((pattern) => `&${pattern}`),
    ...commands,
  ];
}

/**
 * The default user: off, so that nobody gets in without a name. It may do everything all the same: as this user the server replays its
 * append-only file, and what the user may not do is left out in silence, each transaction and each script that wrote twice.
 */
const DEFAULT_USER = 'user default reset off ~* &* +@all';

/** The whole ACL file. */
export function aclFile(users: readonly AclUser[]): string {
  const lines = users.map((user) => `user ${user.name} ${aclRules(user).slice(1).join(' ')}`);
  return [DEFAULT_USER, ...lines].join('\n') + '\n';
}

function passwordHash(password: string): string {
  return createHash('sha256').update(password).digest('hex');
}
