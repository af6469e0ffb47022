import { DATA_CLASSES } from '@careplane/access';
import type { Attributes } from '@careplane/access';
import type { ResourceDefinition } from './definition.ts';
import type { Resource } from './resource.ts';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

/** The data classes that a resource's `meta.security` names: a consent that is about a class is about these. */
export function dataClassesOf({ meta }: Resource): string[] {
  const labels = meta?.['security'];
  if (!Array.isArray(labels)) return [];
  const codes = new Set(
    (labels as readonly { readonly system?: string; readonly code?: string }[])
      .filter(({ system = ACT_CODE }) => system === ACT_CODE)
      .map(({ code }) => code),
  );
  return DATA_CLASSES.filter((one) => codes.has(one));
}

/** A definition whose resources are judged by their data classes, too: no type has to think of it. */
export function withDataClasses(definition: ResourceDefinition): ResourceDefinition {
  return {
    ...definition,
    attributes(resource): Attributes {
      const dataClass = dataClassesOf(resource);
      return { ...(dataClass.length > 0 ? { dataClass } : {}), ...definition.attributes(resource) };
    },
  };
}
