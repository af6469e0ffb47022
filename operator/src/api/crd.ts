import { NAME_MAX_LENGTH, NAME_PATTERN } from './fields.ts';
import { GROUP, VERSION } from './group.ts';
import type { KindDefinition } from './kind.ts';
import { reservedNameRules } from './reserved-names.ts';
import { structuralSchema, type SchemaNode } from './structural.ts';

/** The CustomResourceDefinition of a kind. Helm must keep it: deleting it deletes every object and its children (Strimzi #4882). */
export function customResourceDefinition(definition: KindDefinition): Record<string, unknown> {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${definition.plural}.${GROUP}`,
      annotations: { 'helm.sh/resource-policy': 'keep' },
      labels: { 'app.kubernetes.io/part-of': 'careplane' },
    },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: definition.kind,
        listKind: `${definition.kind}List`,
        plural: definition.plural,
        singular: definition.singular,
        shortNames: [definition.shortName],
        categories: ['careplane'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: {
            status: {},
            ...(definition.scale === undefined ? {} : { scale: definition.scale }),
          },
          additionalPrinterColumns: definition.columns,
          schema: { openAPIV3Schema: objectSchema(definition) },
        },
      ],
    },
  };
}

function objectSchema(definition: KindDefinition): SchemaNode {
  const rules = reservedNameRules(definition.kind);
  return {
    type: 'object',
    ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': rules }),
    description: definition.description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: `\`${GROUP}/${VERSION}\`.` },
      kind: { type: 'string', description: `\`${definition.kind}\`.` },
      metadata: {
        type: 'object',
        // Names of children are made from it, so it is a label value and short.
        properties: { name: { type: 'string', maxLength: NAME_MAX_LENGTH, pattern: NAME_PATTERN.source } },
      },
      spec: structuralSchema(definition.spec),
      status: structuralSchema(definition.status),
    },
  };
}
