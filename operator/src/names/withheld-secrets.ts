import { encryptedStores, type EncryptedStore } from '../api/encryptedstore.ts';
import type { HealthcareService } from '../api/healthcareservice.ts';
import { messageBrokers, type MessageBroker } from '../api/messagebroker.ts';
import { resolveBroker, usesBroker } from '../graph/declared.ts';
import { typeId } from '../runtime/keys.ts';
import type { ResourceType } from '../runtime/kube.ts';
import { childNames, type Owner } from './child-names.ts';
import { secrets } from '../k8s/types.ts';

/** Secrets of the operator itself: authorities, the webhook's certificate, the key of the fingerprints of Secrets. */
const OPERATORS_OWN = /^careplane-(ca-|webhook-|fingerprint-key$)/;

/** A Secret of `spec` that the service is not given. */
export interface WithheldSecret {
  name: string;
  /** Where the spec names it. */
  field: string;
  /** Why, and what to do. */
  message: string;
  /** The store or broker whose own it is. */
  owner?: SecretOwner;
}

export interface SecretOwner {
  type: ResourceType;
  object: Owner;
}

interface Providers {
  stores: readonly EncryptedStore[];
  brokers: readonly MessageBroker[];
}

/** Names in the spec of Secrets that the operator makes for others, or that would share the folder of a binding. Pure. */
export function withheldSecrets({ spec }: HealthcareService, providers: Providers): WithheldSecret[] {
  const owners = ownersOfSecrets(providers);
  const broker = usesBroker(spec) ? brokerName(spec.broker, providers) : undefined;
  return namedSecrets(spec).flatMap(({ name, field }) => {
    const owner = owners.get(name);
    if (owner !== undefined) return [{ name, field, message: ownedBy(owner, name), owner }];
    if (OPERATORS_OWN.test(name))
      return [{ name, field, message: `the Secret ${name} is the operator's own: choose another name` }];
    if (name !== broker || field === CERTIFICATE_FIELD) return [];
    const message = `/bindings/${name} holds the credentials at MessageBroker ${name}: rename the Secret`;
    return [{ name, field, message }];
  });
}

/** Where a spec names the certificate for clients outside the cluster. */
export const CERTIFICATE_FIELD = 'spec.http.tls.secretName';

/** The Secrets that a spec names, and where. */
export function namedSecrets({
  secrets: mounted = [],
  http,
}: Pick<HealthcareService['spec'], 'secrets' | 'http'>): Pick<WithheldSecret, 'name' | 'field'>[] {
  const certificate = http?.tls?.secretName;
  return [
    ...mounted.map(({ name }, index) => ({ name, field: `spec.secrets[${index}].name` })),
    ...(certificate === undefined ? [] : [{ name: certificate, field: CERTIFICATE_FIELD }]),
  ];
}

/** Names of the Secrets that the operator makes for an object and mounts into no service. */
export function secretNames(object: Owner): string[] {
  return childNames(object)
    .filter(({ type }) => typeId(type) === typeId(secrets))
    .map(({ name }) => name);
}

function ownersOfSecrets({ stores, brokers }: Providers): Map<string, SecretOwner> {
  const all: SecretOwner[] = [
    ...stores.map((object) => ({ type: encryptedStores, object })),
    ...brokers.map((object) => ({ type: messageBrokers, object })),
  ];
  return new Map(all.flatMap((owner) => secretNames(owner.object).map((name) => [name, owner] as const)));
}

function brokerName(declared: string | undefined, { brokers }: Providers): string | undefined {
  const broker = resolveBroker(declared, brokers);
  return typeof broker === 'string' ? declared : broker.metadata.name;
}

function ownedBy({ type, object }: SecretOwner, secret: string): string {
  const declare =
    type.kind === encryptedStores.kind ? 'declare the store in spec.stores' : 'declare its events';
  return `the Secret ${secret} is ${type.kind} ${object.metadata.name}'s own and is never given to a service: ${declare}, or rename the Secret`;
}
