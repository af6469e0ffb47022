import type { JudgedCondition } from '../../../runtime/controller.ts';
import { AT_ONCE, conditionType, WHEN_LASTING, WHEN_SETTLED } from '../../../runtime/status/reasons.ts';
import type { PublicCertificate } from '../bindings/public-certificate.ts';

const INSTEAD =
  'Clients outside the cluster see the last good certificate, at first that of the authority of the namespace.';
const page = 'docs/concepts/rotation.md';

export const PublicCertificateValid = conditionType({
  type: 'PublicCertificateValid',
  kinds: ['HealthcareService'],
  meaning:
    'Whether clients outside the cluster would accept the certificate of `spec.http.tls.secretName`. Only on services that name one.',
  reasons: {
    Valid: { status: 'True', meaning: 'They would.' },
    SecretMissing: {
      needsPerson: WHEN_LASTING,
      alarming: true,
      meaning: `The Secret does not exist; whoever makes it, as cert-manager, may need minutes. ${INSTEAD}`,
      remedy: 'Create the Secret, or look at the Certificate that is to make it.',
      page,
    },
    SecretUnusable: {
      needsPerson: WHEN_SETTLED,
      alarming: true,
      meaning: `The Secret has no certificate or no key, or they do not fit; the message says which. ${INSTEAD}`,
      remedy: 'Put certificate and key into it, in PEM, as `tls.crt` and `tls.key`.',
      page,
    },
    Expired: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning: 'The certificate has expired: clients refuse it.',
      remedy: 'Renew it, or look at the Certificate that is to do so.',
      page,
    },
    HostsMissing: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning: 'The certificate is not for one of `spec.http.tls.hosts`: whoever calls that one refuses it.',
      remedy: 'Take the host out, or have it put into the certificate.',
      page,
    },
  },
});

/** Absent without `spec.http.tls.secretName`, and for a Secret that is withheld, which `BindingsReady` says. */
export function publicCertificateValid(found: PublicCertificate | undefined): JudgedCondition[] {
  if (found === undefined) return [];
  const { fault, expires, name } = found;
  if (fault !== undefined) return [PublicCertificateValid.because(fault.reason, fault.message)];
  const until = expires === undefined ? '' : new Date(expires).toISOString().slice(0, 10);
  return [
    PublicCertificateValid.because('Valid', `the certificate of the Secret ${name} is valid until ${until}`),
  ];
}
