import type { EncryptedStore } from '../../../api/encryptedstore.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { JudgedCondition } from '../../../runtime/controller.ts';
import { conditionType } from '../../../runtime/status/reasons.ts';

export const DataProtected = conditionType({
  type: 'DataProtected',
  kinds: ['HealthcareService'],
  meaning: 'Whether protected health information lies only in stores whose encryption at rest is proven.',
  reasons: {
    NotRequired: { status: 'True', meaning: 'The `dataClass` does not ask for it.' },
    EncryptionProven: { status: 'True', meaning: 'It is proven for every store that the service uses.' },
    EncryptionPreferred: {
      status: 'True',
      meaning:
        'It is not proven for some store, whose `encryption.policy` is Preferred: the risk is taken knowingly.',
    },
    EncryptionUnproven: {
      alarming: true,
      meaning:
        'A store of a service with `dataClass: phi` does not show that its volumes are encrypted. No pod of a new revision is made; those that run go on.',
      remedy:
        "See the store's condition StorageEncrypted: use a StorageClass that encrypts, or set `encryption.policy: Preferred` there.",
      page: 'docs/concepts/encryption.md',
    },
  },
});

export function dataProtected(
  { spec }: HealthcareService,
  stores: readonly EncryptedStore[],
): JudgedCondition {
  if (spec.dataClass !== 'phi')
    return DataProtected.because('NotRequired', `dataClass ${spec.dataClass} does not ask for it`);
  const unproven = stores.filter((store) => !isProven(store));
  const refused = unproven.filter((store) => store.spec.encryption.policy === 'Required');
  if (refused.length > 0)
    return DataProtected.because(
      'EncryptionUnproven',
      `encryption at rest is not proven for ${namesOf(refused)}: see the condition StorageEncrypted there`,
    );
  if (unproven.length === 0)
    return DataProtected.because('EncryptionProven', 'encryption at rest is proven for every store');
  return DataProtected.because(
    'EncryptionPreferred',
    `not proven for ${namesOf(unproven)}, whose encryption.policy is Preferred`,
  );
}

function namesOf(stores: readonly EncryptedStore[]): string {
  return stores.map(({ metadata }) => metadata.name).join(', ');
}

function isProven(store: EncryptedStore): boolean {
  return (store.status?.conditions ?? []).some(
    ({ type, status }) => type === 'StorageEncrypted' && status === 'True',
  );
}
