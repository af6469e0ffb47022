import type { JudgedCondition } from '../../../runtime/controller.ts';
import { AT_ONCE, conditionType, WHEN_LASTING, WHEN_SETTLED } from '../../../runtime/status/reasons.ts';
import { lostKeys, REGENERATE_SECRET } from '../bindings/lost-keys.ts';
import type { ObservedSecret, ObservedSecrets } from '../bindings/secrets.ts';
import type { Edges } from '../network/edges.ts';

export const BindingsReady = conditionType({
  type: 'BindingsReady',
  kinds: ['HealthcareService'],
  meaning: 'Whether everything that is mounted into the pods exists; without it no pod could start.',
  reasons: {
    AllThere: { status: 'True', meaning: 'Every binding can be mounted.' },
    ProviderMissing: {
      needsPerson: WHEN_SETTLED,
      meaning: 'A declared store or broker does not exist.',
      remedy: 'Create it, or take the edge out.',
      page: 'docs/concepts/edges.md',
    },
    CredentialsPending: {
      needsPerson: WHEN_LASTING,
      meaning:
        'The store or broker has not made the credentials of this service yet; it does so when it reconciles.',
      remedy:
        'Where it lasts: the condition BindingsWritten of the store or broker says what stands against it.',
      page: 'docs/concepts/edges.md',
    },
    AccountWithheld: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning:
        "The account of that name at the store or broker is the engine's or the operator's own: the service gets none. No first pod is made; pods that run go on.",
      remedy: 'Make the service under another name, and move its data.',
      page: 'docs/reference/names.md',
    },
    SecretWithheld: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning:
        'A Secret of `spec.secrets` is the own one of a store, a broker or the operator, or its folder is that of the broker: it is never given to a service, and nothing is generated into it. No first pod is made; pods that run go on.',
      remedy: 'Declare the store or the events instead, or name another Secret.',
      page: 'docs/concepts/admission.md',
    },
    SecretLost: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning:
        'A Secret of `spec.secrets`, or a key of it, was there once and is gone. What is stored with its values cannot be read with others, so none are made; pods that run go on with what they have read.',
      remedy:
        'Restore the Secret from a backup. To give up what its values protect and have new ones made, set the annotation `careplane.dev/regenerate-secret` of the service to its name, and remove it afterwards.',
      page: 'docs/concepts/edges.md',
    },
    SecretMissing: {
      needsPerson: WHEN_SETTLED,
      alarming: true,
      meaning: 'A Secret of `spec.secrets` does not exist, or lacks keys that are being generated.',
      remedy: 'Create the Secret, or name the keys in `generate` to have them made.',
    },
    FingerprintPending: {
      needsPerson: false,
      meaning: 'The key by which changes of Secrets are told apart is being made.',
    },
  },
});

export function bindingsReady(
  { missingProviders }: Pick<Edges, 'missingProviders'>,
  { withheld, withheldAccounts, missingCredentials, mounted, fingerprint }: ObservedSecrets,
): JudgedCondition {
  if (withheld.length > 0)
    return BindingsReady.because('SecretWithheld', withheld.map(({ message }) => message).join('; '));
  if (withheldAccounts.length > 0)
    return BindingsReady.because('AccountWithheld', withheldAccounts.join('; '));
  if (missingProviders.length > 0)
    return BindingsReady.because(
      'ProviderMissing',
      `cannot be rolled out without ${missingProviders.join(', ')}`,
    );
  if (missingCredentials.length > 0)
    return BindingsReady.because(
      'CredentialsPending',
      `waits for ${missingCredentials.join(', ')} to make this service's credentials`,
    );
  const lost = mounted.filter((secret) => lostKeys(secret).length > 0);
  if (lost.length > 0) return BindingsReady.because('SecretLost', lost.map(explainLoss).join('; '));
  const incomplete = mounted.filter(({ exists, missingKeys }) => !exists || missingKeys.length > 0);
  if (incomplete.length > 0)
    return BindingsReady.because('SecretMissing', incomplete.map(explain).join('; '));
  if (mounted.length > 0 && fingerprint === undefined)
    return BindingsReady.because(
      'FingerprintPending',
      'waits for the key by which changes of its Secrets are told apart',
    );
  return BindingsReady.because('AllThere', 'every binding can be mounted');
}

function explainLoss(secret: ObservedSecret): string {
  const { name, exists } = secret;
  const what = exists ? `${lostKeys(secret).join(', ')} of the Secret ${name}` : `the Secret ${name}`;
  return `${what} was there once and is gone: restore it; to give up what is stored with its values, annotate this service ${REGENERATE_SECRET}=${name}`;
}

function explain({ name, missingKeys }: ObservedSecret): string {
  if (missingKeys.length > 0) return `keys of the Secret ${name} are being generated`;
  return `the Secret ${name} does not exist: create it, or name the keys to generate`;
}
