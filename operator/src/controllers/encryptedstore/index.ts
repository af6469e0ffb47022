import { LABEL } from '../../api/group.ts';
import { encryptedStores, type EncryptedStore } from '../../api/encryptedstore.ts';
import { healthcareServices } from '../../api/healthcareservice.ts';
import type { Authorities } from '../../pki/authority.ts';
import type { Cache, Controller } from '../../runtime/controller.ts';
import type { KubeObject, ObjectKey } from '../../runtime/kube.ts';
import { metadataOnly } from '../../runtime/apply/ownedTypes.ts';
import type { Zone } from '../../workloads/dnsNames.ts';
import { statefulSets, storageClasses } from '../../workloads/kinds.ts';
import { enginePods } from '../../workloads/pods.ts';
import { ownerByLabel, watch } from '../../workloads/watch.ts';
import {
  configMaps,
  networkPolicies,
  podDisruptionBudgets,
  secrets,
  services,
} from '../healthcareservice/kubernetes.ts';
import type { Settings } from '../settings.ts';
import { act } from './act.ts';
import { observe } from './observe.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';

/** The controller of EncryptedStore. */
export function encryptedStoreController(
  settings: Settings,
  authorities: Authorities,
): Controller<EncryptedStore, Observed> {
  const zoneOf = ({ metadata }: EncryptedStore): Zone => ({
    namespace: metadata.namespace ?? '',
    clusterDomain: settings.clusterDomain,
  });
  return {
    type: encryptedStores,
    owns: [
      ...metadataOnly(secrets, configMaps, services, podDisruptionBudgets, networkPolicies),
      statefulSets,
    ],
    judgedByAct: ['PrimaryAvailable', 'UsersSynced'],
    watches: [
      watch({ type: healthcareServices, map: storesOfNamespace }),
      watch({ type: enginePods, labelSelector: LABEL.store, map: ownerByLabel(LABEL.store) }),
      // Cluster-scoped: an operator with Roles alone may not read them, and goes by what the kernel proves.
      watch({ type: storageClasses, optional: true, map: (_class, cache) => keys(cache, undefined) }),
    ],
    observe: (store, context) => observe(store, context, authorities, zoneOf(store)),
    plan: (store, observed) => plan(store, observed, settings, zoneOf(store)),
    act: (store, observed, context) => act(store, observed, zoneOf(store), context),
  };
}

/** All of them: an edge that was taken away can be read nowhere any more. */
function storesOfNamespace({ metadata }: KubeObject, cache: Cache): ObjectKey[] {
  return keys(cache, metadata.namespace);
}

function keys(cache: Cache, namespace: string | undefined): ObjectKey[] {
  return cache
    .list(encryptedStores, namespace)
    .map(({ metadata }) => ({ namespace: metadata.namespace ?? '', name: metadata.name }));
}
