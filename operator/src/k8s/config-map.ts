import type { Child } from './types.ts';

/** A ConfigMap of these texts. */
export function configMap(
  name: string,
  data: Record<string, string>,
  metadata: { labels?: Record<string, string> } = {},
): Child {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}
