import { encryptedStore, type EncryptedStore } from '../../api/encryptedstore.ts';
import { messageBroker, type MessageBroker } from '../../api/messagebroker.ts';
import { notOffered, wantedImage, type Offers } from '../../engines/versions/offers.ts';
import { refusedStep } from '../../engines/versions/step.ts';
import type { KubeObject } from '../../runtime/kube.ts';
import { offeredBrokerVersion } from './offered-broker-version.ts';
import type { Finding } from './rule.ts';

const FIELD = 'spec.version';

/**
 * A version that the operator has no image of, or that cannot be reached from the one that the store or broker runs. Pure.
 * @param before the stored object, with its status; absent for a new one
 */
export function offeredVersion(
  object: KubeObject,
  before: KubeObject | undefined,
  offers: Offers,
): Finding[] {
  switch (object.kind) {
    case messageBroker.kind:
      return offeredBrokerVersion(
        object as MessageBroker,
        before as MessageBroker | undefined,
        offers.rabbitmq.versions,
      );
    case encryptedStore.kind:
      return offeredStoreVersion(object as EncryptedStore, before as EncryptedStore | undefined, offers);
    default:
      return [];
  }
}

function offeredStoreVersion(
  { spec }: EncryptedStore,
  before: EncryptedStore | undefined,
  offers: Offers,
): Finding[] {
  if (before !== undefined && before.spec.version === spec.version) return [];
  const wanted = wantedImage(spec, offers);
  if (wanted === undefined) return refuse(notOffered(spec, offers));
  const { version, featureCompatibilityVersion: compatibility } = before?.status ?? {};
  if (version === undefined || wanted.version === undefined) return [];
  const refusal = refusedStep(spec.engine, { version, compatibility }, wanted.version);
  return refusal === undefined ? [] : refuse(refusal.message);
}

function refuse(message: string): Finding[] {
  return [{ effect: 'refuse', field: FIELD, message }];
}
