import { containerSecurity } from '../k8s/pod-security.ts';
import { isReady, type EnginePod } from '../k8s/pods.ts';
import { DATA_VOLUME } from '../k8s/stateful-set.ts';
import type { JudgedCondition } from '../runtime/controller.ts';
import { AT_ONCE, conditionType } from '../runtime/status/reasons.ts';

/** Where the claim is mounted: below no path that an image declares as a volume (docs/decisions/0018-data-path.md). */
export const DATA_MOUNT = '/var/lib/careplane/data';

/** Name of the init container that marks the volume and whose termination message is what the kernel says of it. */
export const PROOF_CONTAINER = 'prove-volume';

/** In the data directory: the uid of the pod that the claim is mounted into. */
export const MARK = '.careplane-pod';

/** What the engine's container says when it refuses to start. */
export const REFUSAL = 'the data directory is not on the volume of the pod';

/** FS_IOC_GETFLAGS and FS_ENCRYPT_FL (https://man7.org/linux/man-pages/man2/ioctl_iflags.2.html), printed as lsattr would. */
const FLAGS_BY_PERL = `use Fcntl;
my $path = shift;
sysopen(my $folder, $path, O_RDONLY) or die "cannot open $path: $!\\n";
my $answer = pack("L!", 0);
ioctl($folder, 0x80086601, $answer) or die "no flags of $path: $!\\n";
my $flags = unpack("L!", $answer);
print(($flags & 0x800 ? "E" : "-") . " $path\\n");`;

/** Images have the one or the other: lsattr comes with Debian's tools for ext4, perl with every Debian and Ubuntu. */
const PREPARE = `set -e
mkdir -p -m 700 "$DATA_DIRECTORY"
printf %s "$POD_UID" >"$DATA_DIRECTORY/${MARK}"
flags() {
  if command -v lsattr >/dev/null; then lsattr -d "$DATA_DIRECTORY"
  elif command -v perl >/dev/null; then perl -e '${FLAGS_BY_PERL}' "$DATA_DIRECTORY"
  else echo "the image has neither lsattr nor perl"; fi
}
flags >/dev/termination-log 2>&1 || true`;

const GUARD = `if [ "$(cat "$DATA_DIRECTORY/${MARK}" 2>/dev/null)" != "$POD_UID" ]; then
  echo "${REFUSAL}: an image volume or another mount covers $DATA_DIRECTORY" | tee /dev/termination-log >&2
  exit 1
fi
exec "$@"`;

/** A container's mount of the claim. */
export const dataMount = { name: DATA_VOLUME, mountPath: DATA_MOUNT } as const;

/** The image that prepares the volume: the engine's own, so that another version of the operator rolls no pod. */
export interface ProofImage {
  image: string;
  imagePullPolicy: string;
}

/** Makes the data directory, marks it with the pod's uid, and tells the kubelet what the kernel says of its encryption. */
export function proofContainer(
  directory: string,
  { image, imagePullPolicy }: ProofImage,
): Record<string, unknown> {
  return {
    name: PROOF_CONTAINER,
    image,
    imagePullPolicy,
    command: ['sh', '-c', PREPARE],
    env: proofEnvironment(directory),
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
    securityContext: containerSecurity,
    volumeMounts: [dataMount],
  };
}

/** Starts the engine only when its container sees the mark. The environment has to hold {@link proofEnvironment}. */
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

export const DataOnVolume = conditionType({
  type: 'DataOnVolume',
  kinds: ['EncryptedStore', 'MessageBroker', 'ObservabilityStack'],
  meaning: 'Whether the data of every running member lies on its volume, and not beside it.',
  reasons: {
    OnVolume: {
      status: 'True',
      meaning: 'Every running member started on its volume, and names the directory that is on it.',
    },
    NotAsked: {
      needsPerson: false,
      status: 'Unknown',
      meaning: 'No member is up yet, or one was started by an older version of the operator.',
    },
    VolumeCovered: {
      needsPerson: AT_ONCE,
      meaning:
        'Something is mounted over the data directory, so what is written would go with the pod. The engine was not started.',
      remedy:
        'Remove the volume at that path from the StatefulSet or from the image; the official images have none.',
      page: 'docs/concepts/encryption.md',
    },
    DataElsewhere: {
      needsPerson: AT_ONCE,
      meaning: 'A member keeps its data in another directory than the one on its volume.',
      remedy: 'Take out what overrides the directory: the image, or a change of the ConfigMap.',
      page: 'docs/concepts/encryption.md',
    },
  },
});

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
  return fault(pods, directory, told) ?? proof(pods, directory, told);
}

function fault(
  pods: readonly EnginePod[],
  directory: string,
  told: DataDirectories,
): JudgedCondition | undefined {
  const refused = pods.filter(isRefused).map(({ metadata }) => metadata.name);
  if (refused.length > 0) {
    const message = `${refused.join(', ')}: ${REFUSAL}: an image volume or another mount covers ${directory}, so the engine was not started`;
    return DataOnVolume.because('VolumeCovered', message);
  }
  const elsewhere = [...told].filter(([, found]) => !isWithin(found, directory));
  if (elsewhere.length === 0) return undefined;
  const where = elsewhere.map(([pod, found]) => `${pod} keeps its data in ${found}`).join(', ');
  const message = `${where}, and not in ${directory}, where its volume is`;
  return DataOnVolume.because('DataElsewhere', message);
}

function proof(pods: readonly EnginePod[], directory: string, told: DataDirectories): JudgedCondition {
  const unmarked = pods.filter((pod) => isReady(pod) && findingOf(pod) === undefined);
  if (unmarked.length > 0) {
    const names = unmarked.map(({ metadata }) => metadata.name).join(', ');
    const message = `started without a look at the volume: ${names}`;
    return DataOnVolume.because('NotAsked', message);
  }
  if (told.size === 0) return DataOnVolume.because('NotAsked', 'members are asked when they are up');
  const message = `every running member keeps its data in ${directory}, on its own volume`;
  return DataOnVolume.because('OnVolume', message);
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
