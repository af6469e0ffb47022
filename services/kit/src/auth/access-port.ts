import { decide, mayWithOwn, needsFacts, NO_FACTS, outline } from '@careplane/access';
import type { Action, Circumstances, Decision, Facts, Subject } from '@careplane/access';
import type { ServiceContext } from '../context.ts';
import type { AccessPort, DecisionOptions, Named } from '../fhir/definition.ts';
import { currentSubject } from './current-user.ts';
import { remoteFacts } from './facts.ts';
import type { FactsOf } from './facts.ts';
import type { FactsAbout } from './facts-paths.ts';

export interface AccessPortOptions {
  /** Where facts are from: identity, unless it is identity that asks. */
  readonly factsOf?: FactsOf;
  readonly now?: () => Date;
}

/**
 * How a service asks the one decision point: with the subject of the verified token (`UserAuth.require()` comes before), and with facts
 * that are fresh and about no more patients than the question is. Where no rule looks at facts, identity says only whether the token is
 * still good.
 */
export function accessPort(ctx: ServiceContext, options: AccessPortOptions = {}): AccessPort {
  const { factsOf = remoteFacts(ctx), now = () => new Date() } = options;
  const circumstances = (facts: Facts, purpose: Circumstances['purpose']): Circumstances => ({
    purpose,
    facts,
    now: now(),
  });
  const factsFor = async (
    question: { readonly subject: Subject; readonly action: Action; readonly type: string },
    about: FactsAbout,
    { purpose, signal }: DecisionOptions,
  ): Promise<Circumstances> => {
    const { subject, action, type } = question;
    const needed = needsFacts(subject, action, type) ? about : 'nobody';
    return circumstances(await factsOf(subject, { signal, about: needed }), purpose);
  };
  return {
    subjectOf: currentSubject,
    preview: (subject, action, type, { purpose }) =>
      decide(subject, action, { type }, circumstances(NO_FACTS, purpose)),
    async decide(subject, action, { type, resources: asked }, more) {
      const decideBy = (facts: Circumstances): Decision[] =>
        asked.map((attributes) => decide(subject, action, { type, attributes }, facts));
      // What is their own needs no facts of its patients.
      const own = mayWithOwn(subject, action, type) ? decideBy(circumstances(UNKNOWN, more.purpose)) : [];
      const open = asked.filter((_, at) => own[at]?.effect !== 'allow');
      const about = wanted(
        open.flatMap(({ patient = [] }) => patient),
        more.named,
      );
      return decideBy(await factsFor({ subject, action, type }, about, more));
    },
    async decideAll(subject, action, type, more) {
      const known = await factsFor({ subject, action, type }, 'everybody', more);
      return decide(subject, action, { type }, known);
    },
    async outline(subject, action, type, more) {
      const question = { subject, action, type };
      const exact = exactly(question, more.named);
      if (exact === undefined) {
        // An app has no relations: what it sees is all that consents leave.
        const facts = subject.role === 'app' ? NO_FACTS : (await factsFor(question, 'relations', more)).facts;
        return outline(subject, action, type, circumstances(facts, more.purpose));
      }
      const decision = decide(subject, action, { type }, await factsFor(question, exact, more));
      return decision.effect === 'allow' ? { ...decision, isExact: true } : decision;
    },
  };
}

/** Nothing is known of anybody. */
const UNKNOWN: Facts = { ...NO_FACTS, about: [] };

/** The patients of the resources; where all of them are among those that a search has named, the same question as the search's. */
function wanted(patients: readonly string[], { patients: named }: Named = {}): readonly string[] {
  return named && patients.every((id) => named.includes(id)) ? named : patients;
}

/** By which facts all of a type can be decided: a family's, those of the patients that are named, or none for who is named. */
function exactly(
  { subject, action, type }: { readonly subject: Subject; readonly action: Action; readonly type: string },
  { patients, practitioners = [] }: Named = {},
): FactsAbout | undefined {
  if (!needsFacts(subject, action, type)) return 'nobody';
  if (subject.role === 'patient') return 'everybody';
  if (patients) return patients;
  const isOwn = practitioners.length > 0 && practitioners.every((id) => id === subject.person?.id);
  return isOwn && mayWithOwn(subject, action, type) ? [] : undefined;
}
