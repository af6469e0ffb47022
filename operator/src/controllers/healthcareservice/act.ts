import type { HealthcareService } from '../../api/healthcareservice.ts';
import type { Context, Outcome } from '../../runtime/controller.ts';
import { eventType } from '../../runtime/status/reasons.ts';
import type { AuditLogs } from './audit-log/keep-audit-log.ts';
import { watchSecrets, type SecretGenerator } from './bindings/generated-secrets.ts';
import { lostKeys } from './bindings/lost-keys.ts';
import type { FingerprintKey } from './bindings/secret-fingerprint.ts';
import type { ObservedSecrets } from './bindings/secrets.ts';

/** Milliseconds between looks at a Secret that somebody has yet to create. */
const WAIT_FOR_SECRET = 15_000;

export const SecretGenerated = eventType({
  type: 'Normal',
  reason: 'SecretGenerated',
  kinds: ['HealthcareService'],
  meaning: 'Missing keys of a Secret that `spec.secrets[].generate` names were filled with random values.',
});

export interface Tools {
  fingerprintKey: FingerprintKey;
  generator: SecretGenerator;
  auditLogs: AuditLogs;
}

/** Makes what can be made of the Secrets that the service reads, and keeps the checkpoints of the log that it publishes. */
export async function act(
  service: HealthcareService,
  found: ObservedSecrets,
  context: Context,
  tools: Tools,
): Promise<Outcome> {
  return both(
    await actOnSecrets(service, found, context, tools),
    await tools.auditLogs.keep(service, context),
  );
}

function both(one: Outcome, other: Outcome): Outcome {
  const times = [one.requeueAfterMs, other.requeueAfterMs].filter((time) => time !== undefined);
  return {
    conditions: [...(one.conditions ?? []), ...(other.conditions ?? [])],
    events: [...(one.events ?? []), ...(other.events ?? [])],
    ...(times.length === 0 ? {} : { requeueAfterMs: Math.min(...times) }),
  };
}

/** Makes what can be made of the Secrets that the service reads, and has the informer hear of their changes. */
async function actOnSecrets(
  service: HealthcareService,
  found: ObservedSecrets,
  context: Context,
  tools: Tools,
): Promise<Outcome> {
  const { withheld, mounted, outside } = found;
  // Nothing is written into what is somebody else's; the condition says so.
  if (withheld.length > 0) return {};
  const outcome: Outcome = mounted.length === 0 ? {} : await actOnMounted(service, found, context, tools);
  if (outside === undefined || outside.isWatched) return outcome;
  if (outside.exists) await watchSecrets([outside.name], service.metadata.namespace ?? '', context);
  return { ...outcome, requeueAfterMs: Math.min(outcome.requeueAfterMs ?? WAIT_FOR_SECRET, WAIT_FOR_SECRET) };
}

async function actOnMounted(
  service: HealthcareService,
  { mounted, fingerprint }: ObservedSecrets,
  context: Context,
  { fingerprintKey, generator }: Tools,
): Promise<Outcome> {
  if (mounted.some((secret) => secret.missingKeys.length > lostKeys(secret).length))
    return secretsMade(await generator.generate(service, mounted, context));
  const unwatched = mounted.filter(({ exists, isWatched }) => exists && !isWatched).map(({ name }) => name);
  await watchSecrets(unwatched, service.metadata.namespace ?? '', context);
  if (mounted.some((secret) => !secret.exists || lostKeys(secret).length > 0))
    return { requeueAfterMs: WAIT_FOR_SECRET };
  if (fingerprint !== undefined) return {};
  await fingerprintKey.make(context);
  return { requeueAfterMs: 1 };
}

function secretsMade(names: string[]): Outcome {
  return {
    events: names.map((name) =>
      SecretGenerated.note(`filled the missing keys of the Secret ${name} with random values`),
    ),
  };
}
