import type { EncryptedStore } from '../../api/encryptedstore.ts';
import { reservedMessage } from '../../api/reserved-names.ts';
import type { HealthcareService } from '../../api/healthcareservice.ts';
import { resolveBroker, usesBroker } from '../../graph/declared.ts';
import type { Owner } from '../../names/child-names.ts';
import { reservedName, withheldAccount } from '../../names/reserved-name.ts';
import type { Finding, OtherObjects } from './rule.ts';

/** An object must not have the name of what Kubernetes, an engine or the operator has itself. */
export function reservedNames(object: Owner): Finding[] {
  const reserved = reservedName(object);
  return refusal('metadata.name', reserved && reservedMessage(reserved));
}

/** A service that has such a name all the same, since it is older than the rule, must not ask for an account of that name. */
export function reservedAccounts(service: HealthcareService, others: OtherObjects): Finding[] {
  const { metadata, spec } = service;
  const stores = (spec.stores ?? []).flatMap(({ store }, index) => {
    const engine = engineOf(store, others.stores);
    const message = engine && withheldAccount(engine, metadata.name, `EncryptedStore ${store}`);
    return refusal(`spec.stores[${index}].store`, message);
  });
  return [...stores, ...refusal(eventsField(service), atBroker(service, others))];
}

function engineOf(store: string, stores: readonly EncryptedStore[]): 'mongodb' | 'redis' | undefined {
  return stores.find(({ metadata }) => metadata.name === store)?.spec.engine;
}

function atBroker({ metadata, spec }: HealthcareService, { brokers }: OtherObjects): string | undefined {
  if (!usesBroker(spec)) return undefined;
  const broker = resolveBroker(spec.broker, brokers);
  if (typeof broker === 'string') return undefined;
  return withheldAccount('rabbitmq', metadata.name, `MessageBroker ${broker.metadata.name}`);
}

function eventsField({ spec }: HealthcareService): string {
  return (spec.publishes ?? []).length > 0 ? 'spec.publishes' : 'spec.consumes';
}

function refusal(field: string, message: string | undefined): Finding[] {
  return message === undefined ? [] : [{ effect: 'refuse', field, message }];
}
