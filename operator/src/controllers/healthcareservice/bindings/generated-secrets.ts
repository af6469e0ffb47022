import { randomBytes } from 'node:crypto';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { Context } from '../../../runtime/controller.ts';
import { LABEL } from '../../../api/group.ts';
import { FIELD_MANAGER } from '../../../runtime/keys.ts';
import type { AnyObject, ManagedFieldsEntry } from '../../../runtime/kube.ts';
import { inTurn } from './in-turn.ts';
import { secrets } from '../../../k8s/types.ts';
import type { Secret } from '../../../k8s/types.ts';

/** 256 bits, as a key of AES-256 or a password nobody guesses. */
const RANDOM_BYTES = 32;

/** Keys to generate that the Secret does not have. */
export function missingKeys(secret: Secret | undefined, generate: readonly string[]): string[] {
  return generate.filter((key) => secret?.data?.[key] === undefined);
}

/** Fills in the generated keys of services, one service after the other: two that name one Secret must agree on its values. */
export class SecretGenerator {
  readonly #inTurn = inTurn();

  /** Resolves to the names of the Secrets that it wrote. */
  generate(service: HealthcareService, context: Pick<Context, 'live' | 'apply'>): Promise<string[]> {
    return this.#inTurn(() => generateSecrets(service, context));
  }
}

/**
 * Fills in the generated keys that are absent. What is there is never overwritten: the Secret is read again right before, and the
 * keys that we once made are applied with the value they have, since leaving them out would remove them. The Secret
 * has no owner and outlives the service: its keys may be what stored data is encrypted with.
 */
async function generateSecrets(
  service: HealthcareService,
  context: Pick<Context, 'live' | 'apply'>,
): Promise<string[]> {
  const { namespace = '' } = service.metadata;
  const generated: string[] = [];
  for (const { name, generate = [] } of service.spec.secrets ?? []) {
    const secret = await context.live.get(secrets, { namespace, name });
    const missing = missingKeys(secret, generate);
    if (missing.length === 0) continue;
    // Where there was none, one that somebody makes at this moment keeps its values: 409, and the next try reads it.
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
      // Refused when somebody wrote to it since it was read.
      ...(secret?.metadata.resourceVersion === undefined
        ? {}
        : { resourceVersion: secret.metadata.resourceVersion }),
      labels: { 'app.kubernetes.io/part-of': 'careplane', [LABEL.watched]: 'true' },
    },
    data: Object.fromEntries([...kept, ...made]) as Record<string, string>,
  };
}

/**
 * Labels the Secrets that others made, so that the informer, which caches the metadata of labelled ones only, hears of their changes. Keys
 * that we once made are applied with the value they have.
 */
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

/** Whether changes of the Secret are heard of. */
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
