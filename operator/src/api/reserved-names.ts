import type { ValidationRule } from './kind.ts';

/** Engines at which a service gets an account of its own name. */
export type AccountEngine = 'mongodb' | 'redis' | 'rabbitmq';

/** A name that an object cannot have, since somebody else has it where the operator would use it. */
export interface ReservedName {
  name: string;
  /** Names that go on with a hyphen, too. */
  isPrefix?: true;
  /** Whose it is. */
  by: 'Kubernetes' | 'Careplane' | 'MongoDB' | 'Redis' | 'RabbitMQ';
  /** What is named so there, as the beginning of a sentence. */
  what: string;
  kinds: readonly string[];
  /** Only in this namespace: the CRDs cannot tell, the webhook does. */
  namespace?: string;
  /** Where a service that has it all the same gets no account. */
  accounts: readonly AccountEngine[];
}

const SERVICE = ['HealthcareService'] as const;
const WITH_CHILDREN = [...SERVICE, 'EncryptedStore', 'MessageBroker', 'ObservabilityStack'] as const;
const database = (name: string, what: string): ReservedName => ({
  name,
  by: 'MongoDB',
  what,
  kinds: SERVICE,
  accounts: ['mongodb'],
});

/** Folders below /bindings of each service that are the platform's own, and names of Secrets behind the service's. */
const folder = (name: string): ReservedName => ({
  name,
  by: 'Careplane',
  what: `the binding /bindings/${name} of services`,
  kinds: ['EncryptedStore', 'MessageBroker'],
  accounts: [],
});

/**
 * Every name that Kubernetes, an engine or the operator has itself.
 * https://www.mongodb.com/docs/manual/reference/local-database/, https://www.rabbitmq.com/docs/access-control#default-state,
 * https://www.rabbitmq.com/docs/queues#names, https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
 */
export const RESERVED_NAMES: readonly ReservedName[] = [
  {
    name: 'default',
    by: 'Kubernetes',
    what: 'the ServiceAccount of pods that name none (and the user of Redis without a name)',
    kinds: SERVICE,
    accounts: ['redis'],
  },
  {
    name: 'kubernetes',
    by: 'Kubernetes',
    what: 'the Service of the API server',
    kinds: WITH_CHILDREN,
    namespace: 'default',
    accounts: [],
  },
  database('admin', 'the database with the users of the whole server'),
  database('config', 'the database with the sessions and transactions of the whole server'),
  database('local', "the database with each member's own state, which takes no users"),
  {
    name: 'guest',
    by: 'RabbitMQ',
    what: 'the user that a broker has by itself and lets in from its own host only',
    kinds: SERVICE,
    accounts: ['rabbitmq'],
  },
  {
    name: 'amq',
    by: 'RabbitMQ',
    what: "the beginning of the broker's own queues and exchanges (amq.*)",
    kinds: SERVICE,
    accounts: ['rabbitmq'],
  },
  folder('internal'),
  folder('public'),
  folder('routes'),
  {
    name: 'careplane',
    isPrefix: true,
    by: 'Careplane',
    what: "the beginning of the operator's own users, exchanges, Secrets and workloads",
    kinds: WITH_CHILDREN,
    accounts: ['mongodb', 'redis', 'rabbitmq'],
  },
];

/** Whether a name is the reserved one. */
export function isReserved({ name, isPrefix }: ReservedName, candidate: string): boolean {
  return candidate === name || (isPrefix === true && candidate.startsWith(`${name}-`));
}

/** What is wrong with the name and what to do, for people. */
export function reservedMessage({ name, isPrefix, by, what }: ReservedName): string {
  const names = isPrefix === true ? `${name} and ${name}-* are` : `${name} is`;
  return `${names} reserved by ${by}: ${what}; choose another name`;
}

/** CEL rules over a whole object of the kind. Only for new objects: one that is there can still be changed and deleted. */
export function reservedNameRules(kind: string): ValidationRule[] {
  return RESERVED_NAMES.filter(({ kinds, namespace }) => kinds.includes(kind) && namespace === undefined).map(
    (reserved) => ({
      rule: `oldSelf.hasValue() || !(${isReservedInCel(reserved)})`,
      optionalOldSelf: true,
      message: reservedMessage(reserved),
      fieldPath: '.metadata.name',
    }),
  );
}

function isReservedInCel({ name, isPrefix }: ReservedName): string {
  const isEqual = `self.metadata.name == '${name}'`;
  return isPrefix === true ? `${isEqual} || self.metadata.name.startsWith('${name}-')` : isEqual;
}
