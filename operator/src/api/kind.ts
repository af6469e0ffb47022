import type * as z from 'zod';
import type { CustomObject, ResourceType } from '../runtime/kube.ts';
import { API_VERSION } from './group.ts';

/** A CEL rule over a schema node, as in `x-kubernetes-validations`. */
export interface ValidationRule {
  rule: string;
  message: string;
  /** Where the error is shown, relative to the node that carries the rule; the field must exist in the schema. */
  fieldPath?: string;
  reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
  /** `oldSelf` is an optional, empty for a new object, and the rule is evaluated for new objects, too. */
  optionalOldSelf?: boolean;
}

/** A column of `kubectl get`; `priority` 1 shows it only with `-o wide`. */
export interface PrinterColumn {
  name: string;
  type: 'string' | 'integer' | 'date';
  jsonPath: string;
  description: string;
  priority?: 0 | 1;
}

/** Everything that is known of one kind: the source of its CRD, its reference page and its TypeScript types. */
export interface KindDefinition<Spec extends z.ZodType = z.ZodType, Status extends z.ZodType = z.ZodType> {
  kind: string;
  plural: string;
  singular: string;
  shortName: string;
  /** Opens the reference page and is the description of the CRD. */
  description: string;
  spec: Spec;
  status: Status;
  columns: readonly PrinterColumn[];
  /** Where the `scale` subresource (`kubectl scale`, autoscalers) finds its three figures; absent: the kind cannot be scaled. */
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath: string };
  /** YAML of a small object that is valid, for the reference page. */
  example: string;
}

/** JSON knows absent fields, not undefined ones; zod's types allow both. */
type Json<T> = T extends readonly (infer Item)[]
  ? Json<Item>[]
  : T extends object
    ? { [K in keyof T]: Json<Exclude<T[K], undefined>> }
    : T;

/** Spec as the API server hands it out: defaults filled in. */
export type SpecOf<D extends KindDefinition> = Json<z.output<D['spec']>>;
export type StatusOf<D extends KindDefinition> = Json<z.output<D['status']>>;

/** The kind's identity at the API server. */
export function resourceType<T extends CustomObject<unknown>>(definition: KindDefinition): ResourceType<T> {
  return { apiVersion: API_VERSION, kind: definition.kind, plural: definition.plural, namespaced: true };
}
