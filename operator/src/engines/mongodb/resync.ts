import { containerSecurity } from '../../k8s/pod-security.ts';
import { dataMount, MARK, proofEnvironment } from '../data-volume.ts';

/** A member whose data is to be removed at the next start of its pod, so that it copies everything anew. */
export interface Resync {
  /** Name of its pod. */
  member: string;
  /** Uid of the pod that was found too far behind: its successor removes the data, and no other pod. */
  pod: string;
  /** In RFC 3339. */
  since: string;
}

/** What is known of the members of a set. */
export interface ResyncSigns {
  /** Pods of members that are too far behind ever to catch up, by name, with their uids. */
  stale: ReadonlyMap<string, string>;
  /** Pods of members that are up. */
  healthy: readonly string[];
  /** There is a primary, and a majority is healthy: else the data of a member may be the best that there is. */
  isSafe: boolean;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Milliseconds for which a resync that was decided may begin. One that is still wanted then is decided anew. */
const VALID_MS = 15 * 60_000;

/** The resyncs that are under way or begin now. Pure. */
export function resyncsOf(noted: readonly Resync[], { stale, healthy, isSafe, now }: ResyncSigns): Resync[] {
  if (!isSafe) return [];
  const isUnderWay = (one: Resync): boolean =>
    !healthy.includes(one.member) && endOf(one) > now && (stale.get(one.member) ?? one.pod) === one.pod;
  const kept = noted.filter(isUnderWay);
  const since = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const fresh = [...stale].filter(([name]) => kept.every(({ member }) => member !== name));
  return [...kept, ...fresh.map(([member, pod]) => ({ member, pod, since }))].sort((a, b) =>
    a.member < b.member ? -1 : 1,
  );
}

function endOf({ since }: Resync): number {
  return Date.parse(since) + VALID_MS;
}

/** Key of the ConfigMap. */
export const RESYNC_FILE = 'resync';

/** Content of that key: a line for each member, with the time (seconds since the epoch) after which it counts no more. */
export function resyncFile(resyncs: readonly Resync[]): string {
  return resyncs
    .map((resync) => `${resync.member} ${resync.pod} ${Math.floor(endOf(resync) / 1_000)}\n`)
    .join('');
}

/** The mark is the uid of the pod that had the volume last; it stays until the new pod has put its own there. */
const REMOVE = (folder: string): string => `set -e
last=$(cat "$DATA_DIRECTORY/${MARK}" 2>/dev/null) || exit 0
if [ "$last" = "$POD_UID" ]; then exit 0; fi
while read -r member pod end; do
  if [ "$member" = "$POD_NAME" ] && [ "$pod" = "$last" ] && [ "$(date +%s)" -lt "$end" ]; then
    echo "removes the data of $member, which is too far behind to catch up"
    rm -rf "$DATA_DIRECTORY"/*
  fi
done <${folder}/${RESYNC_FILE}`;

/**
 * Removes the data of a member that is to copy it anew: once, and only what the pod that was found too far behind has left. It has to run
 * before the volume is marked. @param folder where the ConfigMap is mounted
 */
export function resyncContainer(
  directory: string,
  folder: string,
  image: { image: string; imagePullPolicy: string },
): { command: string[] } & Record<string, unknown> {
  return {
    name: 'resync',
    ...image,
    command: ['sh', '-c', REMOVE(folder)],
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      ...proofEnvironment(directory),
    ],
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
    securityContext: containerSecurity,
    volumeMounts: [dataMount, { name: 'config', mountPath: folder, readOnly: true }],
  };
}
