import type { JudgedCondition } from '../controller.ts';
import { ApiError, describe, refusalText } from '../errors.ts';
import type { AnyObject } from '../kube.ts';
import { NameTaken } from './name-taken.ts';

/** A child that could not be applied, while others could. */
export interface RefusedChild {
  /** Kind and name. */
  child: string;
  why: string;
  makesPods: boolean;
  /** Another object's pods use it, and none of the owner's. */
  isBinding?: true;
  /** Says it better than the general one. */
  condition?: JudgedCondition;
}

/** Statuses of an answer about the object: invalid, forbidden (a quota, a webhook, a missing right), too large. */
const ABOUT_THE_OBJECT = new Set([400, 403, 404, 413, 422]);

/** Kinds that pods do without: one leads to them, the other only counts them. */
const BESIDE_PODS = new Set(['Service', 'PodDisruptionBudget']);

/** Kinds that pods need only where their template names them. */
const NAMED_BY_PODS = new Set(['Secret', 'ConfigMap', 'ServiceAccount']);

/** Does `work` for a child, unless that has to wait for a refused one. What is refused is noted and throws nothing. */
export async function unlessRefused(
  child: AnyObject,
  refused: RefusedChild[],
  work: () => Promise<void>,
): Promise<void> {
  const held = heldBy(child, refused);
  if (held !== undefined) {
    refused.push(held);
    return;
  }
  try {
    await work();
  } catch (error) {
    const refusal = refusalOf(child, error);
    if (refusal === undefined) throw error;
    refused.push(refusal);
  }
}

/** What an error says of the child alone; `undefined` when it says something of all: no answer, a lost lease, an overload. */
function refusalOf(child: AnyObject, error: unknown): RefusedChild | undefined {
  const refused = {
    child: nameOf(child),
    makesPods: makesPods(child),
    ...(isBinding(child) ? { isBinding: true as const } : {}),
  };
  if (error instanceof NameTaken) return { ...refused, why: error.message, condition: error.condition };
  if (!(error instanceof ApiError) || !ABOUT_THE_OBJECT.has(error.status)) return undefined;
  return { ...refused, why: describe(refusalText(error)) };
}

/** Pods wait for what was refused before them: their identity, configuration, network policy, or the record of their revision. */
function heldBy(child: AnyObject, refused: readonly RefusedChild[]): RefusedChild | undefined {
  const cause = makesPods(child) ? refused.find((other) => isNeeded(other, child)) : undefined;
  return cause && { child: nameOf(child), makesPods: true, why: `waits for ${cause.child}` };
}

/** The other children are applied, and the status says which were not: thrown then, so that they are tried again. */
export class ChildrenRefused extends Error {
  constructor(refused: readonly RefusedChild[]) {
    super(describeRefused(refused));
    this.name = 'ChildrenRefused';
  }
}

export function describeRefused(refused: readonly RefusedChild[]): string {
  return refused.map(({ child, why }) => `${child}: ${why}`).join('; ');
}

export function nameOf({ kind, metadata }: Pick<AnyObject, 'kind' | 'metadata'>): string {
  return `${kind} ${metadata.name}`;
}

function makesPods({ spec }: AnyObject & { spec?: unknown }): boolean {
  return typeof spec === 'object' && spec !== null && 'template' in spec;
}

function isNeeded({ child }: RefusedChild, { spec }: AnyObject & { spec?: unknown }): boolean {
  const [kind = '', name = ''] = child.split(' ');
  if (NAMED_BY_PODS.has(kind)) return JSON.stringify(spec).includes(JSON.stringify(name));
  return !BESIDE_PODS.has(kind);
}

/** By the type of the Secret: https://servicebinding.io/spec/core/1.0.0/#well-known-secret-entries */
function isBinding({ kind, type }: AnyObject & { type?: unknown }): boolean {
  return kind === 'Secret' && typeof type === 'string' && type.startsWith('servicebinding.io/');
}
