import type { EncryptedStore } from '../../../api/encryptedstore.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import type { JudgedCondition } from '../../../runtime/controller.ts';
import type { Edges } from '../network/edges.ts';

/** `DataProtected`: protected health information lies only in stores whose encryption at rest is proven. */
export function dataProtected({ spec }: HealthcareService, { stores }: Edges): JudgedCondition {
  if (spec.dataClass !== 'phi') return yes('NotRequired', `dataClass ${spec.dataClass} does not ask for it`);
  const unproven = stores.filter((store) => !isProven(store));
  const refused = unproven.filter((store) => store.spec.encryption.policy === 'Required');
  if (refused.length > 0) {
    const names = refused.map(({ metadata }) => metadata.name).join(', ');
    return {
      type: 'DataProtected',
      status: 'False',
      reason: 'EncryptionUnproven',
      message: `encryption at rest is not proven for ${names}: see the condition StorageEncrypted there`,
    };
  }
  if (unproven.length === 0) return yes('EncryptionProven', 'encryption at rest is proven for every store');
  const names = unproven.map(({ metadata }) => metadata.name).join(', ');
  return yes('EncryptionPreferred', `not proven for ${names}, whose encryption.policy is Preferred`);
}

function isProven(store: EncryptedStore): boolean {
  return (store.status?.conditions ?? []).some(
    ({ type, status }) => type === 'StorageEncrypted' && status === 'True',
  );
}

function yes(reason: string, message: string): JudgedCondition {
  return { type: 'DataProtected', status: 'True', reason, message };
}
