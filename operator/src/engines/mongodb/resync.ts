import { containerSecurity } from '../../k8s/pod-security.ts';
import { dataMount, DATA_MOUNT, proofEnvironment } from '../data-volume.ts';

/** A member whose data is to be removed before its next start, so that it copies everything anew. */
export interface Resync {
  /** Name of its pod. */
  member: string;
  /** In RFC 3339; a later one is another resync. */
  since: string;
}

/** What is known of the members of a set. */
export interface ResyncSigns {
  /** Pods of members that are too far behind ever to catch up, and when they were made. */
  stale: ReadonlyMap<string, string | undefined>;
  /** Pods of members that are up. */
  healthy: readonly string[];
  /** Milliseconds since the epoch. */
  now: number;
}

/** The resyncs that are under way or begin now. Pure. */
export function resyncsOf(noted: readonly Resync[], { stale, healthy, now }: ResyncSigns): Resync[] {
  const since = `${new Date(now).toISOString().slice(0, 19)}Z`;
  // A pod that was made since, and is stale again, has not seen its resync.
  const failed = ({ member, since: before }: Resync): boolean => (stale.get(member) ?? '') > before;
  const kept = noted.filter((resync) => !healthy.includes(resync.member) && !failed(resync));
  const fresh = [...stale.keys()].filter((pod) => kept.every(({ member }) => member !== pod));
  return [...kept, ...fresh.map((member) => ({ member, since }))].sort((a, b) =>
    a.member < b.member ? -1 : 1,
  );
}

/** Key of the ConfigMap. */
export const RESYNC_FILE = 'resync';

/** Content of that key: a line for each member. */
export function resyncFile(resyncs: readonly Resync[]): string {
  return resyncs.map(({ member, since }) => `${member} ${since}\n`).join('');
}

const DONE = `${DATA_MOUNT}/.careplane-resync`;

const REMOVE = (folder: string): string => `set -e
wanted=$(sed -n "s/^$POD_NAME //p" ${folder}/${RESYNC_FILE})
if [ -n "$wanted" ] && [ "$(cat ${DONE} 2>/dev/null)" != "$wanted" ]; then
  rm -rf "$DATA_DIRECTORY"/*
  printf %s "$wanted" >${DONE}
fi`;

/** Removes the data of a member that is to copy it anew, once for each resync, and keeps the mark of the pod, whose name has a dot. @param folder where the ConfigMap is mounted */
export function resyncContainer(
  directory: string,
  folder: string,
  image: { image: string; imagePullPolicy: string },
): Record<string, unknown> {
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
