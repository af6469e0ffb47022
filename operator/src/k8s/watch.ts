import type { Watch } from '../runtime/controller.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../runtime/kube.ts';

/** The machinery hands a watch only objects of its own type, which the list of watches cannot express. */
export function watch<T extends KubeObject>(definition: Watch<T> & { type: ResourceType<T> }): Watch {
  return definition;
}

/** Maps a pod to the object that its label names. */
export function ownerByLabel(label: string): (object: KubeObject) => ObjectKey[] {
  return ({ metadata }) => {
    const name = metadata.labels?.[label];
    return name === undefined ? [] : [{ namespace: metadata.namespace ?? '', name }];
  };
}
