import type { EncryptedStore } from '../../api/encryptedstore.ts';
import { VersionCurrent } from '../../engines/versions/conditions.ts';
import { notOffered, wantedImage, type Offers } from '../../engines/versions/offers.ts';
import { compatibilityToSet, oldest, refusedStep, type Running } from '../../engines/versions/step.ts';
import { compareReleases, releaseOf } from '../../engines/versions/version.ts';
import { isReady } from '../../k8s/pods.ts';
import { areOfOneTemplate, imageOf } from '../../k8s/restarts.ts';
import type { JudgedCondition } from '../../runtime/controller.ts';
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
  const present = imageOf(workload, CONTAINER[spec.engine]);
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

/** Name of the container with the engine. */
const CONTAINER = { mongodb: 'mongod', redis: 'redis' } as const;

/** What the members say of themselves. */
export interface ToldVersions {
  /** Of each member that answers, by the name of its pod. */
  versions: ReadonlyMap<string, string>;
  /** How many there have to be. */
  members: number;
  /** Version that they are to have; absent where the image does not tell. */
  wanted?: string | undefined;
  /** Every pod is of the present template, and that has the chosen image. */
  isRolledOut: boolean;
  /** Of MongoDB, where the primary was asked. */
  compatibility?: string | undefined;
}

/** Whether every pod is made from a template with the image. */
export function isRolledOut(
  { spec }: EncryptedStore,
  { workload, pods }: Pick<Observed, 'workload' | 'pods'>,
  image: string | undefined,
): boolean {
  return imageOf(workload, CONTAINER[spec.engine]) === image && areOfOneTemplate(workload, pods);
}

/** The featureCompatibilityVersion to set now: nothing goes back below it. Pure. */
export function nextCompatibility(told: ToldVersions): string | undefined {
  const { versions, members, compatibility } = told;
  if (!told.isRolledOut || versions.size < members || others(told).length > 0) return undefined;
  return compatibilityToSet([...versions.values()], compatibility);
}

/** The version of the store: the oldest that a member runs; `undefined` where nobody answered. */
export function versionOfMembers({ versions }: ToldVersions): string | undefined {
  return oldest([...versions.values()]);
}

/** Members that run another release than the one that is wanted. */
function others({ versions, wanted }: ToldVersions): string[] {
  const release = releaseOf(wanted ?? '');
  if (release === undefined) return [];
  const isOther = (version: string): boolean => {
    const found = releaseOf(version);
    return found !== undefined && compareReleases(found, release) !== 0;
  };
  return [...versions].filter(([, version]) => isOther(version)).map(([pod]) => pod);
}

/** Every pod has the image: a tag that says something else is only a name. */
function misnamed(others: readonly string[], wanted: string): string {
  return others.length === 0 ? '' : `; the image that stands for ${wanted} holds no such version`;
}

/** The condition `VersionCurrent`, after the members were asked; `undefined` where nobody answered. Pure. */
export function judgeVersion(told: ToldVersions): JudgedCondition | undefined {
  const { versions, members, wanted = '', compatibility } = told;
  const version = versionOfMembers(told);
  if (version === undefined) return undefined;
  const format = compatibility === undefined ? '' : ` with featureCompatibilityVersion ${compatibility}`;
  const former = others(told);
  if (former.length > 0 && !told.isRolledOut) {
    const message = `${former.join(', ')} run another version than ${wanted}; the oldest is ${version}${format}`;
    return VersionCurrent.because('Upgrading', message);
  }
  const next = former.length > 0 ? undefined : compatibilityToSet([...versions.values()], compatibility);
  if (next !== undefined) {
    const message = `members run ${version}${format}, which is raised to ${next} once all ${members} do`;
    return VersionCurrent.because('Upgrading', message);
  }
  const missing = members - versions.size;
  const silent = missing > 0 ? `; ${missing} could not be asked` : '';
  const message = `${versions.size} of ${members} members run ${version}${format}${silent}${misnamed(former, wanted)}`;
  return VersionCurrent.because('Current', message);
}
