import { encryptedStores } from '../../api/encryptedstore.ts';
import { healthcareServices, type HealthcareService } from '../../api/healthcareservice.ts';
import { messageBrokers } from '../../api/messagebroker.ts';
import { resolveBroker, usesBroker } from '../../controllers/healthcareservice/edges.ts';
import { secrets } from '../../controllers/healthcareservice/kubernetes.ts';
import type { ResourceType } from '../../runtime/kube.ts';
import { typeId } from '../../runtime/keys.ts';
import { childNames } from './childNames.ts';
import type { Finding, Neighbours, Owner } from './rule.ts';

/** Secrets of the operator itself: authorities, the webhook's certificate, the key that tells changes of Secrets apart. */
const OPERATORS_OWN = /^careplane-(ca-|webhook-|fingerprint-key$)/;

/**
 * `spec.secrets` of a service must not name what the operator makes for somebody else: root users, keyfiles and private keys would
 * be mounted into it, and `generate` would write into them. Nor may two bindings share one folder.
 */
export function mountedSecrets(service: HealthcareService, neighbours: Neighbours): Finding[] {
  const owners = ownersOfSecrets(neighbours);
  const broker = brokerOf(service, neighbours);
  return (service.spec.secrets ?? []).flatMap(({ name }, index) => {
    const field = `spec.secrets[${index}].name`;
    const owner = owners.get(name);
    if (owner !== undefined) return [ownedBy(owner, name, field)];
    if (OPERATORS_OWN.test(name))
      return [refused(field, `the Secret ${name} is the operator's own: choose another name`)];
    if (name === broker)
      return [
        refused(field, `/bindings/${name} holds the credentials at MessageBroker ${name}: rename the Secret`),
      ];
    return [];
  });
}

/** The same from the other side: a new store or broker must not make a Secret that a service already mounts as its own. */
export function secretsInUse(object: Owner, { services }: Neighbours): Finding[] {
  const made = new Set(secretNames(object));
  return services.flatMap((service) => {
    const mounted = service.spec.secrets?.find(({ name }) => made.has(name));
    if (mounted === undefined) return [];
    const { name, namespace = '' } = service.metadata;
    const message = `HealthcareService ${name} mounts the Secret ${mounted.name}, which this object would make: choose another name`;
    const rival = { type: healthcareServices, key: { namespace, name } };
    return [{ effect: 'refuse' as const, field: 'metadata.name', message, rival }];
  });
}

interface SecretOwner {
  type: ResourceType;
  object: Owner;
}

function ownersOfSecrets({ stores, brokers }: Neighbours): Map<string, SecretOwner> {
  const all: SecretOwner[] = [
    ...stores.map((object) => ({ type: encryptedStores, object })),
    ...brokers.map((object) => ({ type: messageBrokers, object })),
  ];
  return new Map(all.flatMap((owner) => secretNames(owner.object).map((name) => [name, owner] as const)));
}

function secretNames(object: Owner): string[] {
  return childNames(object)
    .filter(({ type }) => typeId(type) === typeId(secrets))
    .map(({ name }) => name);
}

function brokerOf({ spec }: HealthcareService, { brokers }: Neighbours): string | undefined {
  if (!usesBroker(spec)) return undefined;
  const broker = resolveBroker(spec.broker, brokers);
  return typeof broker === 'string' ? spec.broker : broker.metadata.name;
}

function ownedBy({ type, object }: SecretOwner, secret: string, field: string): Finding {
  const { name, namespace = '' } = object.metadata;
  const declare =
    type.kind === encryptedStores.kind ? 'declare the store in spec.stores' : 'declare its events';
  const message = `the Secret ${secret} is ${type.kind} ${name}'s own and is never given to a service: ${declare}, or rename the Secret`;
  return { ...refused(field, message), rival: { type, key: { namespace, name } } };
}

function refused(field: string, message: string): Finding {
  return { effect: 'refuse', field, message };
}
