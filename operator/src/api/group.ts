/** The API group of every Careplane kind, and the names everybody agrees on (docs/concepts/contracts.md). */

export const GROUP = 'careplane.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Label keys that the operator puts on pods, so that policies and scrape configurations can select them. */
export const LABEL = {
  service: `${GROUP}/service`,
  store: `${GROUP}/store`,
  broker: `${GROUP}/broker`,
  observability: `${GROUP}/observability`,
  scrape: `${GROUP}/scrape`,
  /** On pods of services with `spec.auditLog`: the operator reads their log. */
  auditLog: `${GROUP}/audit-log`,
  /** Hash of the revision that a service's pod runs. */
  revision: `${GROUP}/revision`,
  /** On Secrets that others made and services read: their changes are heard of. */
  watched: `${GROUP}/watched`,
} as const;
