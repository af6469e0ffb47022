import type { JudgedCondition } from '../controller.ts';
import { ADOPT_ANNOTATION, KIND_LABEL } from '../keys.ts';
import type { KubeObject, OwnerReference } from '../kube.ts';
import type { FieldConflict } from './field-conflicts.ts';

/** A child's name belongs to another owner. Shown as a condition and tried again: the other one may go. */
export class NameTaken extends Error {
  readonly condition: JudgedCondition;

  constructor(child: string, owner: string, remedy = 'give one of the two another name') {
    super(`${child} belongs to ${owner}: ${remedy}`);
    this.name = 'NameTaken';
    this.condition = { type: 'NamesFree', status: 'False', reason: 'NameTaken', message: this.message };
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
 * @throws NameTaken with those who hold its fields
 */
export function refuseStranger(live: KubeObject | undefined, conflicts: readonly FieldConflict[]): void {
  if (live === undefined) return;
  const { name, labels, annotations } = live.metadata;
  if (labels?.[KIND_LABEL] !== undefined || annotations?.[ADOPT_ANNOTATION] === 'true') return;
  const holders = conflicts.map(({ manager }) => manager).join(', ');
  const remedy = `give one of the two another name, or annotate it ${ADOPT_ANNOTATION}=true, which has it taken over and deleted with this object`;
  throw new NameTaken(`${live.kind} ${name}`, holders, remedy);
}

function controllerOf(object: KubeObject | undefined): OwnerReference | undefined {
  return object?.metadata.ownerReferences?.find(({ controller }) => controller === true);
}
