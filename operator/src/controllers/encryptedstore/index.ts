import { LABEL } from '../../api/group.ts';
import { encryptedStores, type EncryptedStore } from '../../api/encryptedstore.ts';
import { healthcareServices } from '../../api/healthcareservice.ts';
import type { Authorities } from '../../pki/authority.ts';
import { byPodProviders } from '../../graph/pod-edges.ts';
import type { Controller } from '../../runtime/controller.ts';
import { persistentVolumeClaims, pods, storageClasses } from '../../k8s/types.ts';
import { enginePods } from '../../k8s/pods.ts';
import { refusedPodsWatch } from '../../k8s/refused-pods.ts';
import { offersOf } from '../../engines/versions/offers.ts';
import { ownerByLabel, watch } from '../../k8s/watch.ts';
import { allBeside, engineChildren, formerProvidersOf, zones } from '../providers.ts';
import type { Settings } from '../../config.ts';
import { act } from './act.ts';
import { storeConditions } from './conditions.ts';
import { observe } from './observe.ts';
import type { Observed } from './observed.ts';
import { plan } from './plan.ts';

/** The controller of EncryptedStore. */
export function encryptedStoreController(
  settings: Settings,
  authorities: Authorities,
): Controller<EncryptedStore, Observed> {
  const zoneOf = zones(settings.clusterDomain);
  const graceMs = settings.removalGraceSeconds * 1_000;
  const stores = allBeside(encryptedStores);
  const offers = offersOf(settings);
  return {
    type: encryptedStores,
    owns: engineChildren,
    indexes: [byPodProviders],
    conditions: storeConditions,
    judgedByAct: ['PrimaryAvailable', 'UsersSynced', 'DataOnVolume', 'VersionCurrent'],
    watches: [
      watch({ type: healthcareServices, map: stores }),
      watch({ type: pods, labelSelector: LABEL.service, map: formerProvidersOf }),
      watch({ type: enginePods, labelSelector: LABEL.store, map: ownerByLabel(LABEL.store) }),
      watch({
        type: persistentVolumeClaims,
        labelSelector: LABEL.store,
        map: ownerByLabel(LABEL.store),
      }),
      refusedPodsWatch(encryptedStores.kind),
      // Cluster-scoped: an operator with Roles alone may not read them, and goes by what the kernel proves.
      watch({ type: storageClasses, optional: true, map: stores }),
    ],
    observe: (store, context) => observe(store, context, authorities, { zone: zoneOf(store), graceMs }),
    plan: (store, observed) => plan(store, observed, settings, zoneOf(store)),
    act: (store, observed, context) => act(store, observed, { zone: zoneOf(store), offers }, context),
  };
}
