/** The Kubernetes object shapes that the machinery itself reads; everything else stays as JSON gives it. */

/** Identity of a kind at the API server. `T` is the object's type and exists only for the compiler. */
export interface ResourceType<T extends KubeObject = KubeObject> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly __type?: T;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

export interface ManagedFieldsEntry {
  manager?: string;
  operation?: string;
  subresource?: string;
  time?: string;
  fieldsV1?: Record<string, unknown>;
  /** `fieldsV1` as text, instead of it where only metadata was asked for: nobody looks into it there. */
  fieldsJson?: string;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  finalizers?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[] | undefined;
}

/** Any object as it travels: plain JSON with `apiVersion`, `kind` and `metadata`. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** An object whose other fields are not typed (children that the builders make). */
export interface AnyObject extends KubeObject {
  [field: string]: unknown;
}

/** Namespace (absent for cluster-scoped objects) and name. */
export interface ObjectKey {
  readonly namespace?: string;
  readonly name: string;
}

/** One entry of `status.conditions`, as in the Kubernetes API conventions. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  /** CamelCase, stable: tools match on it. */
  reason: string;
  /** For people: what is the matter and what to do. */
  message: string;
  observedGeneration?: number;
  lastTransitionTime?: string;
}

/** An object of one of Careplane's own kinds. */
export interface CustomObject<Spec, Status extends StatusBase = StatusBase> extends KubeObject {
  spec: Spec;
  status?: Status;
}

export interface StatusBase {
  observedGeneration?: number;
  conditions?: Condition[];
}
