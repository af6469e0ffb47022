import type { JudgedCondition } from '../controller.ts';
import { ADOPT_ANNOTATION, FIELD_MANAGER, KIND_LABEL } from '../keys.ts';
import type { KubeObject, OwnerReference } from '../kube.ts';
import { AT_ONCE, conditionType, WHEN_SETTLED } from '../status/reasons.ts';

export const NamesFree = conditionType({
  type: 'NamesFree',
  meaning:
    'Shown only while it is False: the names of the children that the object makes belong to nobody else.',
  reasons: {
    NameReserved: {
      needsPerson: AT_ONCE,
      alarming: true,
      meaning:
        'Kubernetes itself has what a HealthcareService of that name would make: the ServiceAccount `default` of every pod that names none, or the Service of the API server. Nothing is made.',
      remedy: 'Delete it and make it under another name.',
      page: 'docs/concepts/admission.md',
    },
    NameTaken: {
      needsPerson: WHEN_SETTLED,
      meaning:
        'Another object controls a child of that type and name, or somebody else made it; it is not taken from them.',
      remedy:
        'Delete one of the two, or make it under another name. The message names both. What nobody controls can be given away: annotate it `careplane.dev/adopt=true`. It is tried again within a minute.',
      page: 'docs/concepts/admission.md',
    },
  },
});

/** A child's name belongs to another owner. Shown as a condition and tried again: the other one may go. */
export class NameTaken extends Error {
  readonly condition: JudgedCondition;

  constructor(child: string, owner: string, remedy = 'give one of the two another name') {
    super(`${child} belongs to ${owner}: ${remedy}`);
    this.name = 'NameTaken';
    this.condition = NamesFree.because('NameTaken', this.message);
  }
}

/**
 * Two owners that want one child must not take it from each other in turn, which server-side apply with one field manager would
 * do without a conflict. A namesake of an owner that is gone is its successor and takes over. @throws NameTaken
 */
export function refuseTaken(live: KubeObject | undefined, child: KubeObject): void {
  const [present, wanted] = [controllerOf(live), controllerOf(child)];
  if (present === undefined || wanted === undefined) return;
  if (present.kind === wanted.kind && present.name === wanted.name) return;
  throw new NameTaken(`${child.kind} ${child.metadata.name}`, `${present.kind} ${present.name}`);
}

/**
 * A child that nobody has made yet must not be what somebody else made under its name, as it would be deleted with our object.
 * What carries our label is ours, made before all was forgotten; the annotation gives away what is not.
 * @throws NameTaken with those who wrote it
 */
export function refuseStranger(live: KubeObject | undefined): void {
  if (live === undefined) return;
  const { name, labels, annotations } = live.metadata;
  if (labels?.[KIND_LABEL] !== undefined || annotations?.[ADOPT_ANNOTATION] === 'true') return;
  const remedy = `give one of the two another name, or annotate it ${ADOPT_ANNOTATION}=true, which has it taken over and deleted with this object`;
  throw new NameTaken(`${live.kind} ${name}`, writersOf(live), remedy);
}

/** Field managers beside us, as in managedFields. */
function writersOf({ metadata }: KubeObject): string {
  const managers = (metadata.managedFields ?? []).map(({ manager }) => manager);
  const others = new Set(managers.filter((manager) => manager !== FIELD_MANAGER));
  return others.size === 0 ? 'somebody else' : [...others].join(', ');
}

function controllerOf(object: KubeObject | undefined): OwnerReference | undefined {
  return object?.metadata.ownerReferences?.find(({ controller }) => controller === true);
}
