import type { JudgedCondition } from '../controller.ts';
import type { KubeObject, OwnerReference } from '../kube.ts';

/** A child's name belongs to another owner. Shown as a condition and tried again: the other one may go. */
export class NameTaken extends Error {
  readonly condition: JudgedCondition;

  constructor(child: string, owner: string) {
    super(`${child} belongs to ${owner}: give one of the two another name`);
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

function controllerOf(object: KubeObject | undefined): OwnerReference | undefined {
  return object?.metadata.ownerReferences?.find(({ controller }) => controller === true);
}
