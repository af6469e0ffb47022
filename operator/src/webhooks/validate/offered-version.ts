import { encryptedStore, type EncryptedStore, type EncryptedStoreStatus } from '../../api/encryptedstore.ts';
import { messageBroker, type MessageBroker, type MessageBrokerStatus } from '../../api/messagebroker.ts';
import { notOffered, wantedImage, type Offers, type WantedVersion } from '../../engines/versions/offers.ts';
import { refusedStep, type Running } from '../../engines/versions/step.ts';
import type { KubeObject } from '../../runtime/kube.ts';
import type { Finding } from './rule.ts';

/**
 * A version that the operator has no image of, or that cannot be reached from the one that the store or broker runs. Pure.
 * @param before the stored object, with its status; absent for a new one
 */
export function offeredVersion(
  object: KubeObject,
  before: KubeObject | undefined,
  offers: Offers,
): Finding[] {
  const asked = askedOf(object);
  if (asked === undefined || (before !== undefined && askedOf(before)?.version === asked.version)) return [];
  const wanted = wantedImage(asked, offers);
  if (wanted === undefined) return refuse(notOffered(asked, offers));
  const running = runningOf(before);
  if (running === undefined || wanted.version === undefined) return [];
  const refusal = refusedStep(asked.engine, running, wanted.version);
  return refusal === undefined ? [] : refuse(refusal.message);
}

function askedOf(object: KubeObject): WantedVersion | undefined {
  if (object.kind === messageBroker.kind)
    return { engine: 'rabbitmq', version: (object as MessageBroker).spec.version };
  return object.kind === encryptedStore.kind ? (object as EncryptedStore).spec : undefined;
}

function runningOf(object: KubeObject | undefined): Running | undefined {
  const { status } = (object ?? {}) as { status?: EncryptedStoreStatus & MessageBrokerStatus };
  if (status?.version === undefined) return undefined;
  const { version, featureCompatibilityVersion: compatibility, pendingFeatureFlags } = status;
  return { version, compatibility, pendingFeatureFlags };
}

function refuse(message: string): Finding[] {
  return [{ effect: 'refuse', field: 'spec.version', message }];
}
