import { LABEL } from '../../api/group.ts';
import { encryptedStore } from '../../api/encryptedstore.ts';
import { messageBroker } from '../../api/messagebroker.ts';
import { observabilityStack } from '../../api/observabilitystack.ts';
import { DATA_VOLUME } from '../../k8s/stateful-set.ts';
import { persistentVolumeClaims, statefulSets } from '../../k8s/types.ts';
import { childNames, type Owner } from '../../names/child-names.ts';
import { typeId } from '../../runtime/keys.ts';
import type { LiveRead } from './foreign-objects.ts';
import type { Finding } from './rule.ts';

/** The label by which the volumes of a kind are known: StatefulSets give their selector to the claims. */
const LABEL_OF: Readonly<Record<string, string>> = {
  [encryptedStore.kind]: LABEL.store,
  [messageBroker.kind]: LABEL.broker,
  [observabilityStack.kind]: LABEL.observability,
};

/**
 * A volume that outlived an object of another kind is found by its name alone: a broker would start on a store's data, and
 * `deletionPolicy: Delete` would delete it. Read live.
 */
export async function keptVolumes(object: Owner, lookup: LiveRead): Promise<Finding[]> {
  const { namespace = '' } = object.metadata;
  const sets = childNames(object).filter(({ type }) => typeId(type) === typeId(statefulSets));
  const claims = await Promise.all(
    sets.map(({ name }) => lookup(persistentVolumeClaims, { namespace, name: `${DATA_VOLUME}-${name}-0` })),
  );
  return claims.flatMap((claim) => {
    const labels = claim?.metadata.labels ?? {};
    const kind = Object.keys(LABEL_OF).find((other) => labels[LABEL_OF[other] ?? ''] !== undefined);
    if (claim === undefined || kind === undefined || kind === object.kind) return [];
    const message = `the PersistentVolumeClaim ${claim.metadata.name} keeps the data of an ${kind}: choose another name, or delete the claim if nobody needs it`;
    return [{ effect: 'refuse', field: 'metadata.name', message }];
  });
}
