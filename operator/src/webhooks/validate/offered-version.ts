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
  if (object.kind === messageBroker.kind)
    return offeredBrokerVersion(
      object as MessageBroker,
      before as MessageBroker | undefined,
      offers.rabbitmq.versions,
    );
  if (object.kind !== encryptedStore.kind) return [];
  const { spec } = object as EncryptedStore;
  const old = before as EncryptedStore | undefined;
  if (old !== undefined && old.spec.version === spec.version) return [];
  const wanted = wantedImage(spec, offers);
  if (wanted === undefined) return refuse(notOffered(spec, offers));
  const { version, featureCompatibilityVersion: compatibility } = old?.status ?? {};
  if (version === undefined || wanted.version === undefined) return [];
  const refusal = refusedStep(spec.engine, { version, compatibility }, wanted.version);
  return refusal === undefined ? [] : refuse(refusal.message);
}

function refuse(message: string): Finding[] {
  return [{ effect: 'refuse', field: FIELD, message }];
}
