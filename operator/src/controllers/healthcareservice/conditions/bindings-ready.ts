import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { JudgedCondition } from '../../../runtime/controller.ts';
import { providers } from '../bindings/bindings.ts';
import type { Edges } from '../network/edges.ts';
import { bindingSecretName } from '../../../names/service-names.ts';
import type { Observed, ObservedSecret } from '../observed.ts';
import { withheldSecrets } from '../../../names/withheld-secrets.ts';

/** `BindingsReady`: whether everything that is mounted into the pods exists; without it no pod could start. */
export function bindingsReady(service: HealthcareService, edges: Edges, observed: Observed): JudgedCondition {
  const withheld = withheldSecrets(service, observed);
  if (withheld.length > 0) return not('SecretWithheld', withheld.map(({ message }) => message).join('; '));
  const { missingProviders } = edges;
  if (missingProviders.length > 0) {
    return not('ProviderMissing', `cannot be rolled out without ${missingProviders.join(', ')}`);
  }
  const waiting = providers(service, edges).filter(
    (provider) => !observed.bindingSecrets.has(bindingSecretName(service.metadata.name, provider)),
  );
  if (waiting.length > 0) {
    return not('CredentialsPending', `waits for ${waiting.join(', ')} to make this service's credentials`);
  }
  const absent = observed.secrets.filter(isIncomplete);
  if (absent.length > 0) return not('SecretMissing', absent.map(explain).join('; '));
  if (observed.secrets.length > 0 && observed.secretsFingerprint === undefined)
    return not('FingerprintPending', 'waits for the key by which changes of its Secrets are told apart');
  return {
    type: 'BindingsReady',
    status: 'True',
    reason: 'AllThere',
    message: 'every binding can be mounted',
  };
}

function isIncomplete({ exists, missingKeys }: ObservedSecret): boolean {
  return !exists || missingKeys.length > 0;
}

function explain({ name, missingKeys }: ObservedSecret): string {
  if (missingKeys.length > 0) return `keys of the Secret ${name} are being generated`;
  return `the Secret ${name} does not exist: create it, or name the keys to generate`;
}

function not(reason: string, message: string): JudgedCondition {
  return { type: 'BindingsReady', status: 'False', reason, message };
}
