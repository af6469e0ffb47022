import { completeChild } from '@careplane/operator/runtime/apply/child';
import type { AnyController, JudgedCondition } from '@careplane/operator/runtime/controller';
import { digest } from '@careplane/operator/runtime/apply/digest';
import { describe } from '@careplane/operator/runtime/errors';
import { keyOf } from '@careplane/operator/runtime/keys';
import type { AnyObject, CustomObject, KubeObject, ResourceType } from '@careplane/operator/runtime/kube';
import { childrenOf } from '@careplane/operator/runtime/apply/owned-children';
import { isPaused } from '@careplane/operator/runtime/safety/pause';
import type { Rehearsal } from './rehearsal.ts';
import { objectId } from './snapshot.ts';

/** A child that a controller would apply. */
export interface PlannedChild {
  owner: CustomObject<unknown>;
  child: AnyObject;
}

/** A child that a controller would delete, since it is planned no more. */
export interface PrunedChild {
  owner: CustomObject<unknown>;
  type: ResourceType;
  child: KubeObject;
}

/** What the controllers would do to all objects of some namespaces, once they have come to rest. */
export interface Outlook {
  planned: PlannedChild[];
  pruned: PrunedChild[];
  /** What each object's controller thinks of it, by {@link objectId}. */
  conditions: Map<string, JudgedCondition[]>;
  /** Objects whose plan could not be made, and why. */
  failed: { object: CustomObject<unknown>; why: string }[];
}

/** One controller's work is what another one waits for (credentials, then pods); the longest such chain is shorter. */
const ROUNDS = 8;

/**
 * Lets the controllers plan again and again, each time with the children of the time before in place, until nothing
 * changes. Statuses stay as they are: what waits for a pod or an engine goes on waiting.
 */
export async function rehearse(
  controllers: readonly AnyController[],
  rehearsal: Rehearsal,
  namespaces: readonly string[],
): Promise<Outlook> {
  let outlook = await round(controllers, rehearsal, namespaces);
  for (let turn = 1; turn < ROUNDS; turn++) {
    const next = await round(controllers, rehearsal, namespaces);
    const isAtRest = fingerprint(next) === fingerprint(outlook);
    outlook = { ...next, pruned: distinct([...outlook.pruned, ...next.pruned]) };
    if (isAtRest) return outlook;
  }
  return outlook;
}

async function round(
  controllers: readonly AnyController[],
  rehearsal: Rehearsal,
  namespaces: readonly string[],
): Promise<Outlook> {
  const outlook: Outlook = { planned: [], pruned: [], conditions: new Map(), failed: [] };
  // The others only set their own status.
  for (const controller of controllers.filter(({ owns }) => owns.length > 0))
    for (const object of namespaces.flatMap((namespace) =>
      rehearsal.snapshot.list<CustomObject<unknown>>(controller.type, namespace),
    ))
      if (object.metadata.deletionTimestamp === undefined && !isPaused(object))
        await rehearseOne(controller, object, rehearsal, outlook);
  return outlook;
}

async function rehearseOne(
  controller: AnyController,
  object: CustomObject<unknown>,
  rehearsal: Rehearsal,
  outlook: Outlook,
): Promise<void> {
  try {
    const context = rehearsal.contextOf(object);
    const isService = object.kind === 'HealthcareService';
    const seen = await controller.observe(object, context);
    const observed = isService ? rehearsal.reads.withKnownFingerprint(seen) : seen;
    const plan = controller.plan(object, observed);
    outlook.conditions.set(objectId(object, keyOf(object)), plan.conditions);
    const planned = plan.children.map((child) => ({ owner: object, child: completeChild(child, object) }));
    for (const { child } of planned) rehearsal.write(child);
    outlook.planned.push(...planned);
    outlook.pruned.push(...prune(controller, planned, object, rehearsal));
    // A service's effects are Secrets and revisions; those of stores and brokers are on engines and are not rehearsed.
    if (isService) await controller.act?.(object, observed, context);
  } catch (error) {
    outlook.failed.push({ object, why: describe(error) });
  }
}

/** What the owner has and plans no more. */
function prune(
  controller: AnyController,
  planned: readonly PlannedChild[],
  owner: CustomObject<unknown>,
  rehearsal: Rehearsal,
): PrunedChild[] {
  const wanted = new Set(planned.map(({ child }) => objectId(child, keyOf(child))));
  const pruned = childrenOf(rehearsal.snapshot, owner, controller)
    .filter(({ type, object }) => !wanted.has(objectId(type, keyOf(object))))
    .map(({ type, object }) => ({ owner, type, child: object }));
  for (const { type, child } of pruned) rehearsal.remove(type, keyOf(child));
  return pruned;
}

function fingerprint({ planned, pruned }: Outlook): string {
  return digest([planned.map(({ child }) => child), pruned.map(({ child }) => keyOf(child))]);
}

function distinct(pruned: readonly PrunedChild[]): PrunedChild[] {
  return [...new Map(pruned.map((one) => [objectId(one.type, keyOf(one.child)), one])).values()];
}
