import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { JudgedCondition } from '../../../runtime/controller.ts';
import { AT_ONCE, conditionType } from '../../../runtime/status/reasons.ts';
import { isEncrypted, portNames } from '../network/call-address.ts';

/** It informs where no health information is at stake: Plaintext is a choice. */
export const TransportEncrypted = conditionType({
  type: 'TransportEncrypted',
  kinds: ['HealthcareService'],
  informs: true,
  meaning: 'Whether every port of the service speaks TLS.',
  reasons: {
    Encrypted: { status: 'True', meaning: 'Every port does.' },
    NoPort: { status: 'True', meaning: 'The service has no port: it only calls others.' },
    Plaintext: {
      needsPerson: false,
      meaning:
        'A port has `tls.mode: Plaintext`, and the `dataClass` allows that: whoever is on the network can read along.',
      remedy: 'Take the mode out when the image speaks TLS.',
      page: 'docs/concepts/encryption.md',
    },
    PlaintextForbidden: {
      needsPerson: AT_ONCE,
      alarming: true,
      counts: true,
      meaning:
        'A port of a service with `dataClass: phi` has `tls.mode: Plaintext`. No first pod is made; pods that run go on.',
      remedy: 'Take the mode out, and use an image that speaks TLS.',
      page: 'docs/concepts/encryption.md',
    },
  },
});

export function transportEncrypted({ spec }: HealthcareService): JudgedCondition {
  const names = portNames(spec);
  const plain = names.filter((name) => !isEncrypted(spec, name)).sort();
  if (names.length === 0) return TransportEncrypted.because('NoPort', 'no port listens');
  if (plain.length === 0) return TransportEncrypted.because('Encrypted', 'every port speaks TLS');
  const which = `plaintext at ${plain.join(', ')}`;
  return spec.dataClass === 'phi'
    ? TransportEncrypted.because('PlaintextForbidden', `${which}: dataClass phi does not allow it`)
    : TransportEncrypted.because('Plaintext', `${which}: whoever is on the network can read along`);
}
