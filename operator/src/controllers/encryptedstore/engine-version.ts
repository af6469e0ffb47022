import type { EncryptedStore } from '../../api/encryptedstore.ts';
import { notOffered, wantedImage, type Offers } from '../../engines/versions/offers.ts';
import { compatibilityToSet, oldest, refusedStep, type Running } from '../../engines/versions/step.ts';
import { isReady, type EnginePod } from '../../k8s/pods.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
import { VersionCurrent } from './conditions.ts';
import type { Observed } from './observed.ts';

/** Which image the members get, and what people are told of it before the members were asked. */
export interface ImageChoice {
  /** `undefined`: none, and there are no members yet. */
  image: string | undefined;
  condition: JudgedCondition;
  /** What is wanted is not carried out: the condition stands, whatever the members say. */
  isHeld: boolean;
}

/** The image that is wanted when the step to it is allowed, else the one that the members have. Pure. */
export function chooseImage(
  store: EncryptedStore,
  { workload, pods }: Pick<Observed, 'workload' | 'pods'>,
  offers: Offers,
): ImageChoice {
  const { spec, status } = store;
  const present = imageOf(workload, spec.engine);
  const wanted = wantedImage(spec, offers);
  const hold = (condition: JudgedCondition): ImageChoice => ({ image: present, condition, isHeld: true });
  if (wanted === undefined)
    return hold(VersionCurrent.because('VersionNotOffered', notOffered(spec, offers)));
  const unasked = VersionCurrent.because('NotAsked', 'members are asked when they are up');
  const { image } = wanted;
  if (present === undefined || present === image) return { image, condition: unasked, isHeld: false };
  // The first look of this version of the operator: the members can be asked, so nothing is risked.
  if (status?.version === undefined && pods.some(isReady)) return hold(unasked);
  const refusal = refusedStep(spec.engine, runningOf(status), wanted.version ?? '');
  if (refusal !== undefined) return hold(VersionCurrent.because(refusal.reason, refusal.message));
  return { image, condition: unasked, isHeld: false };
}

function runningOf(status: EncryptedStore['status']): Running {
  return { version: status?.version ?? '', compatibility: status?.featureCompatibilityVersion };
}

interface Containers {
  template?: { spec?: { containers?: { name: string; image?: string }[] } };
}

/** Name of the container with the engine. */
const CONTAINER = { mongodb: 'mongod', redis: 'redis' } as const;

function imageOf(workload: Observed['workload'], engine: keyof typeof CONTAINER): string | undefined {
  const { template } = (workload?.spec ?? {}) as Containers;
  return template?.spec?.containers?.find(({ name }) => name === CONTAINER[engine])?.image;
}

/** What the members say of themselves. */
export interface ToldVersions {
  /** Of each member that answers, by the name of its pod. */
  versions: ReadonlyMap<string, string>;
  /** How many there have to be. */
  members: number;
  /** Pods with another image than the chosen one. */
  outdated: number;
  /** Of MongoDB, where the primary was asked. */
  compatibility?: string | undefined;
}

/** Pods that do not have the image, and the workload where it has not. */
export function outdatedMembers(
  { spec }: EncryptedStore,
  { workload, pods }: Pick<Observed, 'workload' | 'pods'>,
  image: string | undefined,
): number {
  const isOther = (found: string | undefined): boolean => found !== undefined && found !== image;
  const ofPod = ({ spec: own }: EnginePod): string | undefined =>
    own?.containers?.find(({ name }) => name === CONTAINER[spec.engine])?.image;
  const isWorkloadOther = isOther(imageOf(workload, spec.engine)) ? 1 : 0;
  return pods.map(ofPod).filter(isOther).length + isWorkloadOther;
}

/** The featureCompatibilityVersion to set now. Pure. */
export function nextCompatibility({
  versions,
  members,
  outdated,
  compatibility,
}: ToldVersions): string | undefined {
  if (outdated > 0 || versions.size < members) return undefined;
  return compatibilityToSet([...versions.values()], compatibility);
}

/** The version of the store: the oldest that a member runs; `undefined` where nobody answered. */
export function versionOfMembers({ versions }: ToldVersions): string | undefined {
  return oldest([...versions.values()]);
}

/** The condition `VersionCurrent`, after the members were asked; `undefined` where nobody answered. Pure. */
export function judgeVersion(told: ToldVersions): JudgedCondition | undefined {
  const { versions, members, outdated, compatibility } = told;
  const running = [...versions.values()];
  const version = versionOfMembers(told);
  if (version === undefined) return undefined;
  const format = compatibility === undefined ? '' : ` with featureCompatibilityVersion ${compatibility}`;
  if (outdated > 0)
    return VersionCurrent.because('Upgrading', `members are replaced; the oldest runs ${version}${format}`);
  const next = compatibilityToSet(running, compatibility);
  if (next !== undefined) {
    const message = `members run ${version}${format}, which is raised to ${next} once all ${members} do`;
    return VersionCurrent.because('Upgrading', message);
  }
  const missing = members - versions.size;
  const silent = missing > 0 ? `; ${missing} could not be asked` : '';
  const message = `${versions.size} of ${members} members run ${version}${format}${silent}`;
  return VersionCurrent.because('Current', message);
}
