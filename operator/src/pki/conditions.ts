import { AT_ONCE, conditionType, WHEN_SETTLED } from '../runtime/status/reasons.ts';

const kinds = ['EncryptedStore', 'MessageBroker'];

export const CertificatesValid = conditionType({
  type: 'CertificatesValid',
  kinds: [...kinds, 'HealthcareService'],
  meaning: 'Whether the certificate is good and will be renewed in time.',
  reasons: {
    Valid: { status: 'True', meaning: 'It is good.' },
    RenewalFailed: {
      needsPerson: WHEN_SETTLED,
      meaning: 'It is still good and could not be renewed.',
      remedy:
        'The message says why: mostly the Secret of the authority in the namespace of the operator is damaged; restore it.',
    },
    NamesPending: {
      needsPerson: false,
      meaning:
        'It is still good and lacks a name that is wanted: the Secret of the authority was lost, and the next one signs when everybody trusts it, within minutes. The message says when at the latest.',
    },
    SignerPending: {
      needsPerson: false,
      meaning:
        'Another one is due, for its age, on request, or because there is none: the Secret of the authority was lost, and the next one signs when everybody trusts it, within minutes. The message says when at the latest.',
    },
    NoCertificate: {
      needsPerson: WHEN_SETTLED,
      meaning: 'There is no certificate that clients would accept.',
      remedy: 'The message says why: restore the Secret of the authority, or delete it to get a new one.',
    },
  },
});

export const CertificatesCurrent = conditionType({
  type: 'CertificatesCurrent',
  kinds,
  informs: true,
  meaning:
    'Whether every running member shows the certificate that was renewed. (It counts for `Ready` once it is Late.)',
  reasons: {
    Current: { status: 'True', meaning: 'Every running member does.' },
    Waiting: { needsPerson: false, status: 'Unknown', meaning: 'Members are asked when they are up.' },
    Reloading: {
      needsPerson: false,
      meaning: 'A member has not read the renewed one yet; its volume follows within two minutes.',
    },
    Late: {
      needsPerson: AT_ONCE,
      counts: true,
      meaning: 'A member goes on with the old certificate for longer than its volume takes.',
      remedy: 'Delete the pod, one at a time, to make it read the new one.',
    },
  },
});
