import { containerSecurity } from '../k8s/pod-security.ts';
import { isReady, type EnginePod } from '../k8s/pods.ts';
import { DATA_VOLUME } from '../k8s/stateful-set.ts';
import type { JudgedCondition } from '../runtime/controller.ts';

/**
 * Where the claim is mounted in every container. Images declare volumes at paths of their own (`/data/db`, `/var/lib/rabbitmq`), which the
 * runtime puts over whatever is mounted above them; none does so here (docs/decisions/0018-data-path.md).
 */
export const DATA_MOUNT = '/var/lib/careplane/data';

/** Name of the init container that marks the volume and whose termination message is what the kernel says of it. */
export const PROOF_CONTAINER = 'prove-volume';

/** In the data directory: the uid of the pod that the claim is mounted into. */
const MARK = '.careplane-pod';

/** What the engine's container says when it refuses to start. */
export const REFUSAL = 'the data directory is not on the volume of the pod';

const PREPARE = `set -e
mkdir -p -m 700 "$DATA_DIRECTORY"
printf %s "$POD_UID" >"$DATA_DIRECTORY/${MARK}"
lsattr -d "$DATA_DIRECTORY" >/dev/termination-log 2>&1 || true`;

const GUARD = `if [ "$(cat "$DATA_DIRECTORY/${MARK}" 2>/dev/null)" != "$POD_UID" ]; then
  echo "${REFUSAL}: an image volume or another mount covers $DATA_DIRECTORY" | tee /dev/termination-log >&2
  exit 1
fi
exec "$@"`;

/** A container's mount of the claim. */
export const dataMount = { name: DATA_VOLUME, mountPath: DATA_MOUNT } as const;

/** The image that prepares the volume. */
export interface ProofImage {
  operatorImage: string;
  imagePullPolicy: string;
}

/** Makes the data directory, marks it with the pod's uid, and tells the kubelet what the kernel says of its encryption. */
export function proofContainer(
  directory: string,
  { operatorImage, imagePullPolicy }: ProofImage,
): Record<string, unknown> {
  return {
    name: PROOF_CONTAINER,
    image: operatorImage,
    imagePullPolicy,
    command: ['sh', '-c', PREPARE],
    env: proofEnvironment(directory),
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
    securityContext: containerSecurity,
    volumeMounts: [dataMount],
  };
}

/**
 * Starts the engine only when its own container sees the mark: an engine that would write beside the claim never runs. The environment
 * has to hold {@link proofEnvironment}.
 */
export function guarded(...command: string[]): Pick<GuardedContainer, 'command' | 'args'> {
  return { command: ['sh', '-c', GUARD, 'careplane'], args: command };
}

interface GuardedContainer {
  command: string[];
  args: string[];
}

export function proofEnvironment(directory: string): Record<string, unknown>[] {
  return [
    { name: 'POD_UID', valueFrom: { fieldRef: { fieldPath: 'metadata.uid' } } },
    { name: 'DATA_DIRECTORY', value: directory },
  ];
}

/** What the init container of a pod found; `undefined` until it has run. */
export function findingOf({ status }: EnginePod): string | undefined {
  return status?.initContainerStatuses?.find(({ name }) => name === PROOF_CONTAINER)?.state?.terminated
    ?.message;
}

/** What engines say of where their data is: pod name to directory. */
export type DataDirectories = ReadonlyMap<string, string>;

/**
 * The condition `DataOnVolume`. Pure. A running member is proven by the mark that its container saw at its start, and by the engine
 * naming the directory that was marked. A member that does not answer now has been started on the mark all the same.
 * @param told what the members that answer have said; nothing, while nobody has been asked
 */
export function judgeDataOnVolume(
  pods: readonly EnginePod[],
  directory: string,
  told: DataDirectories = new Map(),
): JudgedCondition {
  return { type: 'DataOnVolume', ...(fault(pods, directory, told) ?? proof(pods, directory, told)) };
}

type Verdict = Omit<JudgedCondition, 'type'>;

function fault(pods: readonly EnginePod[], directory: string, told: DataDirectories): Verdict | undefined {
  const refused = pods.filter(isRefused).map(({ metadata }) => metadata.name);
  if (refused.length > 0) {
    const message = `${refused.join(', ')}: ${REFUSAL}: an image volume or another mount covers ${directory}, so the engine was not started`;
    return { status: 'False', reason: 'VolumeCovered', message };
  }
  const elsewhere = [...told].filter(([, found]) => !isWithin(found, directory));
  if (elsewhere.length === 0) return undefined;
  const where = elsewhere.map(([pod, found]) => `${pod} keeps its data in ${found}`).join(', ');
  const message = `${where}, and not in ${directory}, where its volume is`;
  return { status: 'False', reason: 'DataElsewhere', message };
}

function proof(pods: readonly EnginePod[], directory: string, told: DataDirectories): Verdict {
  const unmarked = pods.filter((pod) => isReady(pod) && findingOf(pod) === undefined);
  if (unmarked.length > 0) {
    const names = unmarked.map(({ metadata }) => metadata.name).join(', ');
    const message = `started without a look at the volume: ${names}`;
    return { status: 'Unknown', reason: 'NotAsked', message };
  }
  if (told.size === 0)
    return { status: 'Unknown', reason: 'NotAsked', message: 'members are asked when they are up' };
  const message = `every running member keeps its data in ${directory}, on its own volume`;
  return { status: 'True', reason: 'OnVolume', message };
}

function isWithin(found: string, directory: string): boolean {
  return found === directory || found.startsWith(`${directory}/`);
}

function isRefused(pod: EnginePod): boolean {
  if (isReady(pod)) return false;
  return (pod.status?.containerStatuses ?? []).some(({ state, lastState }) =>
    (state?.terminated ?? lastState?.terminated)?.message?.startsWith(REFUSAL),
  );
}
