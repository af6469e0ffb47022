import type { KubeObject, ObjectKey, ResourceType } from '../../runtime/kube.ts';
import { ADOPT_ANNOTATION, OWNER_LABEL, typeId } from '../../runtime/keys.ts';
import { secrets } from '../../k8s/types.ts';
import { childNames, type Owner } from '../../names/child-names.ts';
import type { Finding } from './rule.ts';

/** Reads one object live; `undefined` when there is none. */
export type LiveRead = (type: ResourceType, key: ObjectKey) => Promise<KubeObject | undefined>;

/** Warns of foreign objects named like a child, read live. Not of Secrets: a webhook has no reason to read them. */
export async function foreignObjects(object: Owner, lookup: LiveRead): Promise<Finding[]> {
  const { namespace = '', name: owner } = object.metadata;
  const wanted = childNames(object).filter(({ type }) => typeId(type) !== typeId(secrets));
  const found = await Promise.all(
    wanted.map(async ({ type, name }) => ({ type, live: await lookup(type, { namespace, name }) })),
  );
  return found.flatMap(({ type, live }) =>
    live === undefined || live.metadata.labels?.[OWNER_LABEL] === owner ? [] : [foreign(type, live)],
  );
}

function foreign({ kind }: ResourceType, { metadata }: KubeObject): Finding {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  const message =
    owner === undefined
      ? `the ${kind} ${metadata.name} exists and is not Careplane's: this object cannot be Ready until it is gone, or annotated ${ADOPT_ANNOTATION}=true to be taken over`
      : `the ${kind} ${metadata.name} belongs to ${owner.kind} ${owner.name}: this object cannot be Ready until it is gone`;
  return { effect: 'warn', field: 'metadata.name', message };
}
