import { randomBytes } from 'node:crypto';
import { Mutex } from 'async-mutex';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { Context } from '../../../runtime/controller.ts';
import { LABEL } from '../../../api/group.ts';
import { FIELD_MANAGER } from '../../../runtime/keys.ts';
import type { AnyObject, ManagedFieldsEntry } from '../../../runtime/kube.ts';
import { secrets, type Secret } from '../../../k8s/types.ts';
import type { Incomplete } from './lost-keys.ts';

/** 256 bits, as a key of AES-256 or a password nobody guesses. */
const RANDOM_BYTES = 32;

/** Keys to generate that the Secret does not have. */
export function missingKeys(secret: Secret | undefined, generate: readonly string[]): string[] {
  return generate.filter((key) => secret?.data?.[key] === undefined);
}

/** Keys of a Secret that must not be made anew. */
type Guarded = Pick<Incomplete, 'name' | 'guardedKeys'>;

/** Fills in the generated keys of services, one service after the other: two that name one Secret must agree on its values. */
export class SecretGenerator {
  readonly #mutex = new Mutex();

  /** Resolves to the names of the Secrets that it wrote. */
  generate(
    service: HealthcareService,
    guarded: readonly Guarded[],
    context: Pick<Context, 'live' | 'apply'>,
  ): Promise<string[]> {
    return this.#mutex.runExclusive(() => generateSecrets(service, guarded, context));
  }
}

/**
 * Fills in absent generated keys and never overwrites one: a key may encrypt stored data, so the Secret outlives the service.
 * Keys that we once made are applied again with their value: leaving them out would remove them.
 */
async function generateSecrets(
  service: HealthcareService,
  guarded: readonly Guarded[],
  context: Pick<Context, 'live' | 'apply'>,
): Promise<string[]> {
  const { namespace = '' } = service.metadata;
  const generated: string[] = [];
  for (const { name, generate = [] } of service.spec.secrets ?? []) {
    const secret = await context.live.get(secrets, { namespace, name });
    const kept = guarded.find((other) => other.name === name)?.guardedKeys ?? [];
    const missing = missingKeys(secret, generate).filter((key) => !kept.includes(key));
    if (missing.length === 0) continue;
    // If somebody creates the Secret at this moment, the answer is 409, and the next try reads it.
    await context.apply(completedSecret({ namespace, name }, secret, missing), {
      force: secret !== undefined,
    });
    generated.push(name);
  }
  return generated;
}

/** The Secret to apply: keys that are ours as they are, and new values for the missing ones. */
export function completedSecret(
  key: { namespace: string; name: string },
  secret: Secret | undefined,
  missing: readonly string[],
): AnyObject {
  const isOurs = ownership(secret?.metadata.managedFields);
  const kept = Object.entries(secret?.data ?? {}).filter(([name]) => isOurs(name));
  const made = missing.map((name) => [name, randomValue()]);
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...key,
      // The API server refuses when somebody wrote to it since it was read.
      ...(secret?.metadata.resourceVersion === undefined
        ? {}
        : { resourceVersion: secret.metadata.resourceVersion }),
      labels: { 'app.kubernetes.io/part-of': 'careplane', [LABEL.watched]: 'true' },
    },
    data: Object.fromEntries([...kept, ...made]) as Record<string, string>,
  };
}

/** Labels the Secrets that others made: the informer watches labelled ones only. Keys that we once made keep their value. */
export async function watchSecrets(
  names: readonly string[],
  namespace: string,
  context: Pick<Context, 'live' | 'apply'>,
): Promise<void> {
  for (const name of names) {
    const secret = await context.live.get(secrets, { namespace, name });
    if (secret !== undefined) await context.apply(completedSecret({ namespace, name }, secret, []));
  }
}

/** Whether the informer watches the Secret. */
export function isWatched(secret: Secret | undefined): boolean {
  return secret?.metadata.labels?.[LABEL.watched] === 'true';
}

/** Base64 of what the file holds: the random bytes as base64url. */
function randomValue(): string {
  return Buffer.from(randomBytes(RANDOM_BYTES).toString('base64url')).toString('base64');
}

/** Tells which data keys our server-side applies own; all, where nobody knows: what we leave out would be removed. */
function ownership(entries: readonly ManagedFieldsEntry[] | undefined): (key: string) => boolean {
  if (entries === undefined) return () => true;
  const fields = entries
    .filter(({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply')
    .map(({ fieldsV1 }) => Object.keys((fieldsV1?.['f:data'] ?? {}) as Record<string, unknown>));
  const ours = new Set(fields.flat());
  return (key) => ours.has(`f:${key}`);
}
