import { CONFIRM_ANNOTATION } from '../keys.ts';
import type { KubeObject } from '../kube.ts';

/** For so long the annotation of a namespace counts. Forgotten for good it would confirm the next slip, too. */
const COUNTS_MS = 3_600_000;

/**
 * Whether everything in the namespace is meant to go: it is gone or terminating, or somebody said so within the last hour.
 * @param now milliseconds since the epoch
 */
export function isMeantToGo(namespace: KubeObject | undefined, now: number): boolean {
  if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return true;
  if (namespace.metadata.annotations?.[CONFIRM_ANNOTATION] !== 'true') return false;
  const since = confirmedAt(namespace);
  return since === undefined || now - since < COUNTS_MS;
}

/** When the annotation was set at the latest, by the API server's clock; `undefined` when nothing tells. */
function confirmedAt({ metadata }: KubeObject): number | undefined {
  const times = (metadata.managedFields ?? [])
    .filter(({ fieldsV1 }) => setsAnnotation(fieldsV1))
    .map(({ time }) => Date.parse(time ?? ''))
    .filter((time) => !Number.isNaN(time));
  return times.length === 0 ? undefined : Math.max(...times);
}

function setsAnnotation(fields: unknown): boolean {
  const { 'f:metadata': metadata } = (fields ?? {}) as { 'f:metadata'?: { 'f:annotations'?: object } };
  return `f:${CONFIRM_ANNOTATION}` in (metadata?.['f:annotations'] ?? {});
}
