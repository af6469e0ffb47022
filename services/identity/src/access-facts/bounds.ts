import { Unprocessable } from '@careplane/kit';
import type { ServiceContext } from '@careplane/kit';
import { Counter } from 'prom-client';

/** Rules of consent, and relations, in one answer: more would hold up everybody who asks. */
export const MOST_FACTS = 10_000;

/** 422: there is more to decide from than one answer may hold. Nothing is decided from a part; who asks may ask about fewer patients. */
export class TooManyFacts extends Unprocessable {
  constructor() {
    super(`More than ${String(MOST_FACTS)} rules and relations are known of the subject`);
  }
}

/** @throws TooManyFacts */
export function requireFew(count: number): void {
  if (count > MOST_FACTS) throw new TooManyFacts();
}

/** Counts answers that were refused for their size and cannot be asked for in parts, by the role of who asked. */
export type RefusedFacts = Pick<Counter<'role'>, 'inc'>;

export function countRefusedFacts({ metrics }: Pick<ServiceContext, 'metrics'>): RefusedFacts {
  const counter = new Counter({
    name: 'careplane_access_facts_refused_total',
    help: 'Questions for access facts that were refused, since there are more than one answer may hold and the question has no parts, by role.',
    labelNames: ['role'],
    registers: [metrics.registry],
  });
  // What has been 0 is seen to increase by the first one.
  for (const role of ['patient', 'practitioner', 'app']) counter.inc({ role }, 0);
  return counter;
}
