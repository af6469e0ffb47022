import type { Action, Attributes } from '@careplane/access';
import { HttpProblem } from '../http/errors.ts';
import type { Gate } from './gate.ts';

/**
 * 410: the resource was deleted, or nobody can decrypt it since its patient was erased. What is left of it says who may learn that; to
 * all others there is nothing.
 */
export class Gone extends HttpProblem {
  override readonly name = 'Gone';
  readonly attributes: Attributes;

  /** @param attributes what decisions look at, as they were */
  constructor(attributes: Attributes) {
    super(410, 'Gone', { detail: 'The resource is there no more' });
    this.attributes = attributes;
  }
}

/** What a store answers; what is gone is judged as if it were there. @throws Gone, or what the gate refuses with */
export async function orGone<T>(
  gate: Gate,
  { action, type }: { readonly action: Action; readonly type: string },
  load: () => Promise<T>,
): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof Gone) await gate.judge(action, { type, attributes: error.attributes });
    throw error;
  }
}
