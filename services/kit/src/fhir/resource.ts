/** A FHIR R4 resource as it is stored and answered: JSON with a type. Elements are checked by the type's schema. */
export interface Resource {
  readonly resourceType: string;
  readonly id?: string;
  readonly meta?: Meta;
  readonly [element: string]: unknown;
}

/** `Resource.meta` (hl7.org/fhir/R4/resource.html#Meta), the part that the server sets. */
export interface Meta {
  /** Counts from 1; the ETag is `W/"<versionId>"`. */
  readonly versionId?: string;
  /** RFC 3339 with milliseconds, UTC. */
  readonly lastUpdated?: string;
  readonly [element: string]: unknown;
}

/** A resource that is stored: it has an id and a version. */
export interface Stored extends Resource {
  readonly id: string;
  readonly meta: Meta & { readonly versionId: string; readonly lastUpdated: string };
}
