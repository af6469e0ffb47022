import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { Declared } from '../../../graph/model.ts';
import { secrets, type Secret } from '../../../k8s/types.ts';
import { withheldAccount } from '../../../names/reserved-name.ts';
import { bindingSecretName } from '../../../names/service-names.ts';
import { CERTIFICATE_FIELD, withheldSecrets, type WithheldSecret } from '../../../names/withheld-secrets.ts';
import type { Cache, Context } from '../../../runtime/controller.ts';
import { bySecret } from '../indexes.ts';
import type { Edges } from '../network/edges.ts';
import { providers } from './bindings.ts';
import { isWatched, missingKeys } from './generated-secrets.ts';
import { guardedKeys } from './lost-keys.ts';
import { observePublicCertificate, type PublicCertificate } from './public-certificate.ts';
import { fingerprintOf, type FingerprintKey } from './secret-fingerprint.ts';

/** One of `spec.secrets` as it is in the cluster. */
export interface ObservedSecret {
  name: string;
  exists: boolean;
  /** Keys to generate that are not there yet. */
  missingKeys: string[];
  /** Keys that were there once and must not be made anew. */
  guardedKeys: string[];
  /** Whether it carries the label of the informer's watch. */
  isWatched: boolean;
}

/** The Secrets that the pods of a service mount. */
export interface ObservedSecrets {
  /** Those of `spec.secrets` that are somebody else's. */
  withheld: readonly WithheldSecret[];
  /** Why a store or the broker gives the service no account, for people. */
  withheldAccounts: readonly string[];
  /** Stores and brokers that have not made the credentials of the service yet. */
  missingCredentials: readonly string[];
  /** `spec.secrets`. */
  mounted: readonly ObservedSecret[];
  /** `spec.http.tls.secretName`; `undefined` without it, and when it is withheld. */
  outside?: PublicCertificate | undefined;
  /** Changes with the contents of `spec.secrets`; `undefined` without any, or while it cannot be made yet. */
  fingerprint: string | undefined;
}

interface Found {
  name: string;
  generate: readonly string[];
  secret: Secret | undefined;
}

export async function observeSecrets(
  service: HealthcareService,
  { neighbours, edges }: { neighbours: Declared; edges: Edges },
  fingerprintKey: FingerprintKey,
  context: Context,
): Promise<ObservedSecrets> {
  const { namespace = '' } = service.metadata;
  const found = await readSecrets(service, context);
  const exists = (name: string): boolean => context.cache.get(secrets, { namespace, name }) !== undefined;
  const withheld = withheldSecrets(service, neighbours);
  return {
    withheld,
    withheldAccounts: withheldAccounts(service, edges),
    missingCredentials: missingCredentials(service, edges, exists),
    mounted: found.map((secret) => observedSecret(secret, service, context.cache)),
    outside: withheld.some(({ field }) => field === CERTIFICATE_FIELD)
      ? undefined
      : await observePublicCertificate(service, context),
    fingerprint: await fingerprint(found, fingerprintKey, context),
  };
}

/** What the service's name keeps it from: accounts that are the engine's or the operator's own. */
export function withheldAccounts(
  { metadata: { name } }: HealthcareService,
  { stores, broker }: Pick<Edges, 'stores' | 'broker'>,
): string[] {
  return [
    ...stores.map((store) =>
      withheldAccount(store.spec.engine, name, `EncryptedStore ${store.metadata.name}`),
    ),
    broker && withheldAccount('rabbitmq', name, `MessageBroker ${broker.metadata.name}`),
  ].filter((message) => message !== undefined);
}

/** Stores and brokers whose binding Secret for the service does not exist. */
export function missingCredentials(
  service: HealthcareService,
  edges: Pick<Edges, 'broker'>,
  exists: (secret: string) => boolean,
): string[] {
  return providers(service, edges).filter(
    (provider) => !exists(bindingSecretName(service.metadata.name, provider)),
  );
}

/** Reads them live: no cache holds their data. */
async function readSecrets({ metadata, spec }: HealthcareService, { live }: Context): Promise<Found[]> {
  const { namespace = '' } = metadata;
  const found: Found[] = [];
  for (const { name, generate = [] } of spec.secrets ?? [])
    found.push({ name, generate, secret: await live.get(secrets, { namespace, name }) });
  return found;
}

function observedSecret(
  { name, generate, secret }: Found,
  service: HealthcareService,
  cache: Cache,
): ObservedSecret {
  const missing = missingKeys(secret, generate);
  const sharers = missing.length === 0 ? [] : cache.byIndex(bySecret, name, service.metadata.namespace);
  return {
    name,
    exists: secret !== undefined,
    missingKeys: missing,
    guardedKeys: guardedKeys(name, service, sharers),
    isWatched: isWatched(secret),
  };
}

async function fingerprint(
  found: readonly Found[],
  fingerprintKey: FingerprintKey,
  context: Context,
): Promise<string | undefined> {
  if (found.length === 0) return undefined;
  const key = await fingerprintKey.read(context);
  const contents = found.map(({ secret }) => secret).filter((secret) => secret !== undefined);
  return key === undefined ? undefined : fingerprintOf(key, contents);
}
