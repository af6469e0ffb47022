import { decide, needsFacts } from '@careplane/access';
import type { ServiceContext } from '../context.ts';
import type { AccessPort } from '../fhir/definition.ts';
import { currentSubject } from './current-user.ts';
import { remoteFacts } from './facts.ts';
import type { FactsOf } from './facts.ts';

export interface AccessPortOptions {
  /** Where facts are from: identity, unless it is identity that asks. */
  readonly factsOf?: FactsOf;
  readonly now?: () => Date;
}

/**
 * How a service asks the one decision point: with the subject of the verified token (`UserAuth.require()` comes before), and with facts
 * that are fresh. Where no rule looks at facts, identity says only whether the token is still good.
 */
export function accessPort(ctx: ServiceContext, options: AccessPortOptions = {}): AccessPort {
  const { factsOf = remoteFacts(ctx), now = () => new Date() } = options;
  return {
    subjectOf: currentSubject,
    async decide(subject, action, target, { purpose, signal }) {
      const withRelations = needsFacts(subject, action, target.type);
      const facts = await factsOf(subject, { signal, withRelations });
      return decide(subject, action, target, { purpose, facts, now: now() });
    },
  };
}
