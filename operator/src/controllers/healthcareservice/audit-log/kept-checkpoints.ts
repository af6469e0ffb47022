import { encodeVerifierKey, parseCheckpoint, parseVerifierKey } from '@careplane/tlog';
import type { VerifierKey } from '@careplane/tlog';
import type { AnyObject, KubeObject } from '../../../runtime/kube.ts';

/** What the operator remembers of a log. */
export interface Kept {
  /** Of the log and its witnesses: those that were said first. */
  readonly keys: readonly VerifierKey[];
  /** As they were published, the latest first. */
  readonly checkpoints: readonly string[];
  /** Of the ConfigMap that it was read from: nobody has written since. */
  readonly resourceVersion?: string;
}

export const NOTHING_KEPT: Kept = { keys: [], checkpoints: [] };

/** Checkpoints of one log that are kept; the latest of each former name stays for good. */
const RECENT = 20;
/** A name of a log that is changed so often is a mistake. */
const MOST = 40;
const CHECKPOINT = 'checkpoint-';

/** A ConfigMap with text in it. */
export interface TextMap extends KubeObject {
  data?: Record<string, string>;
}

/** The ConfigMap, in the operator's namespace, that keeps the checkpoints of a service's log. It outlives the service. */
export function keptName(service: Pick<KubeObject, 'metadata'>): string {
  const { name, namespace = '' } = service.metadata;
  return `careplane-audit-log.${namespace}.${name}`;
}

/** Reads the ConfigMap. @throws Malformed when somebody wrote what is no key into it */
export function readKept(map: TextMap | undefined): Kept {
  const { resourceVersion } = map?.metadata ?? {};
  const data = map?.data ?? {};
  const lines = (data['keys'] ?? '').split('\n').filter((line) => line !== '');
  const names = Object.keys(data).filter((name) => name.startsWith(CHECKPOINT));
  return {
    keys: lines.map(parseVerifierKey),
    checkpoints: names.toSorted().map((name) => data[name] ?? ''),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

/** The ConfigMap to write. Its resource version is the one that was read: it fails when another one has written meanwhile. */
export function keptMap(
  name: string,
  namespace: string,
  { keys, checkpoints, resourceVersion }: Kept,
): AnyObject {
  const texts = checkpoints.map((text, at) => [`${CHECKPOINT}${String(at).padStart(2, '0')}`, text] as const);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      namespace,
      name,
      labels: { 'app.kubernetes.io/part-of': 'careplane', 'app.kubernetes.io/managed-by': 'careplane' },
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    data: { keys: keys.map((key) => `${encodeVerifierKey(key)}\n`).join(''), ...Object.fromEntries(texts) },
  };
}

/** With one more checkpoint, the latest. */
export function withCheckpoint(kept: Kept, checkpoint: string): Kept {
  const names = new Set<string>();
  const checkpoints = [checkpoint, ...kept.checkpoints].filter((text, at) => {
    const { origin } = parseCheckpoint(text);
    const isLatest = !names.has(origin);
    names.add(origin);
    return at < RECENT || isLatest;
  });
  return { ...kept, checkpoints: checkpoints.slice(0, MOST) };
}

/** The keys to believe: those that were kept, and of a kind of which there is none, those that are said now. */
export function firstSeen(kept: readonly VerifierKey[], said: readonly VerifierKey[]): VerifierKey[] {
  const isNew = (key: VerifierKey): boolean => !kept.some(({ algorithm }) => algorithm === key.algorithm);
  return [...kept, ...said.filter(isNew)];
}
