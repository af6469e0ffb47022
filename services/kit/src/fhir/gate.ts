import {
  defaultPurpose,
  NONE,
  permissionsFor,
  PURPOSES,
  purposesFor,
  withoutElements,
} from '@careplane/access';
import type { Action, Attributes, Decision, DenialReason, Purpose, Subject } from '@careplane/access';
import type { Request } from 'express';
import { Forbidden, Invalid, NotFound } from '../http/errors.ts';
import { requestSignal } from '../http/timeout.ts';
import { challenge } from '../auth/bearer.ts';
import { accessRecordOf } from './access-record.ts';
import { baseUrlOf } from './base-url.ts';
import { judgedType } from './definition.ts';
import type { AccessPort, Interaction, Named, ResourceDefinition } from './definition.ts';
import type { Stored } from './resource.ts';

/** What the caller says it wants the data for; one of `PURPOSES`. */
export const PURPOSE_HEADER = 'purpose-of-use';

/** The purpose of a request: what it says, else the first that the subject has. @throws Invalid for an unknown one */
export function purposeOf(req: Request, subject: Subject): Purpose {
  const said = req.get(PURPOSE_HEADER);
  if (said === undefined) return defaultPurpose(subject);
  const purpose = PURPOSES.find((known) => known === said);
  if (!purpose) throw new Invalid([{ path: `http.${PURPOSE_HEADER}`, message: 'a known purpose of use' }]);
  return purpose;
}

type Allowed = Extract<Decision, { effect: 'allow' }>;

/** Asks the decision point for one request. Everything that the router reads or writes goes through it. */
export interface Gate {
  /**
   * Before anything is read: refuses what role, scopes or purpose deny. Whatever follows must be judged.
   * @param options.hides whether a denial must not tell that something is there
   * @throws NotFound, Forbidden
   */
  enter(action: Action, type: string, options?: { readonly hides?: boolean }): Interaction;
  /** As `enter`; undefined when it is denied. */
  tryEnter(action: Action, type: string): Interaction | undefined;
  /** For all of a type. @throws NotFound, Forbidden */
  enterAll(action: Action, type: string): Promise<Interaction>;
  /** For a search, or what finds as one does. @param named whom it is about @throws NotFound, Forbidden */
  draw(action: Action, type: string, named: Named): Promise<Drawn>;
  /** Judges what was read, or is to be written. @throws NotFound, Forbidden */
  judge(action: Action, target: JudgedTarget): Promise<Allowed>;
  /** As `judge`, for what follows from either. */
  ask(action: Action, type: string, attributes: Attributes): Promise<Decision>;
  /** Says that there is nothing, to a token that is still good. @throws NotFound, Unauthorized */
  absent(action: Action, type: string): Promise<never>;
  /** Of resources that were read those that may be seen, without the elements that may not. The answer shows them, unless it is said. */
  visible<R extends Stored>(
    action: Action,
    definition: ResourceDefinition<R>,
    resources: readonly R[],
    options?: VisibleOptions,
  ): Promise<R[]>;
}

export interface VisibleOptions {
  /** Whom the search is about. */
  readonly named?: Named;
  /** They are only looked at: nothing is shown that the audit must know of. */
  readonly isUnseen?: boolean;
}

/** What may be searched. */
export interface Drawn {
  readonly interaction: Interaction;
  /** Whether consents can take nothing away: then the constraint is the decision. */
  readonly isExact: boolean;
  readonly named: Named;
}

export interface JudgedTarget {
  readonly type: string;
  readonly attributes: Attributes;
  /** Default true: a denial says that there is nothing. */
  readonly hides?: boolean;
}

/** Resources of one question: their facts are few, and the event loop is held up shortly. */
const DECIDED_AT_ONCE = 100;

export function createGate(access: AccessPort, req: Request): Gate {
  const subject = access.subjectOf(req);
  const purpose = purposeOf(req, subject);
  const signal = requestSignal(req);
  const options = { purpose, signal };
  const audit = accessRecordOf(req);
  audit.asks(subject, purpose);
  const allowed = <A extends Allowed>(decision: A | Denied, refusable: Refusable): A => {
    if (decision.effect === 'allow') return decision;
    audit.denied(decision.reason);
    throw refusal(decision.reason, refusable.hides, {
      challenge: () => insufficientScope(req, subject, refusable),
      purpose: () => wrongPurpose(subject, purpose),
    });
  };
  const interactionOf = (decision: Allowed): Interaction => ({
    subject,
    purpose,
    decision,
    signal,
    req,
    audit,
  });
  /** What is only previewed shows nothing, should anybody search by it. */
  const previewed = (decision: Allowed): Interaction => interactionOf({ ...decision, constraint: NONE });
  const ask = async (action: Action, type: string, attributes: Attributes): Promise<Decision> => {
    const [decision = NO_DECISION] = await access.decide(
      subject,
      action,
      { type, resources: [attributes] },
      options,
    );
    return decision;
  };
  return {
    ask,
    enter(action, type, { hides = false } = {}): Interaction {
      return previewed(allowed(access.preview(subject, action, type, options), { action, type, hides }));
    },
    tryEnter(action, type): Interaction | undefined {
      const decision = access.preview(subject, action, type, options);
      return decision.effect === 'allow' ? previewed(decision) : undefined;
    },
    async enterAll(action, type): Promise<Interaction> {
      const decision = await access.decideAll(subject, action, type, options);
      return interactionOf(allowed(decision, { action, type, hides: false }));
    },
    async draw(action, type, named): Promise<Drawn> {
      const outline = await access.outline(subject, action, type, { ...options, named });
      const { isExact, ...decision } = allowed(outline, { action, type, hides: false });
      return { interaction: interactionOf(decision), isExact, named };
    },
    async judge(action, { type, attributes, hides = true }): Promise<Allowed> {
      if (hides) audit.isAbout(attributes); // what is hidden is there; what is sent may name anybody
      return allowed(await ask(action, type, attributes), { action, type, hides });
    },
    async absent(action, type): Promise<never> {
      await access.decide(subject, action, { type, resources: [] }, options);
      throw new NotFound();
    },
    async visible<R extends Stored>(
      action: Action,
      definition: ResourceDefinition<R>,
      resources: readonly R[],
      { named, isUnseen = false }: VisibleOptions = {},
    ): Promise<R[]> {
      const seen: R[] = [];
      // With none it is asked once, too: whether the token is good.
      for (let at = 0; at === 0 || at < resources.length; at += DECIDED_AT_ONCE) {
        const some = resources.slice(at, at + DECIDED_AT_ONCE);
        const target = {
          type: judgedType(definition),
          resources: some.map((resource) => definition.attributes(resource)),
        };
        const decisions = await access.decide(subject, action, target, {
          ...options,
          ...(named ? { named } : {}),
        });
        for (const [i, resource] of some.entries()) {
          const decision = decisions[i] ?? NO_DECISION;
          if (decision.effect === 'deny') continue;
          if (!isUnseen) audit.shows([resource]);
          seen.push(withoutElements(resource, decision.without));
        }
      }
      return seen;
    },
  };
}

type Denied = Extract<Decision, { effect: 'deny' }>;

/** What is not decided is denied. */
const NO_DECISION: Denied = { effect: 'deny', reason: 'no-relationship' };

const OWN_LACK: ReadonlySet<DenialReason> = new Set(['role', 'scope', 'purpose']);

/** Whether the caller lacks something by itself, which is no secret; every other reason would tell that something is there. */
export function isOwnLack(reason: DenialReason): boolean {
  return OWN_LACK.has(reason);
}

interface Refusable {
  readonly action: Action;
  readonly type: string;
  /** Whether a denial must not tell that something is there. */
  readonly hides: boolean;
}

/** What a refusal tells the caller of what it lacks. */
interface Lack {
  readonly challenge: () => string;
  readonly purpose: () => string;
}

function refusal(reason: DenialReason, hides: boolean, lack: Lack): NotFound | Forbidden {
  if (reason === 'unknown-type') return new NotFound();
  if (hides && !isOwnLack(reason)) return new NotFound();
  if (reason === 'scope') return new Forbidden('A scope is missing', { challenge: lack.challenge() });
  return reason === 'purpose' ? new Forbidden(lack.purpose()) : new Forbidden();
}

/** A purpose is the role's and the app's, and an emergency is for reading. */
function wrongPurpose(subject: Subject, purpose: Purpose): string {
  const allowed = purposesFor(subject);
  return allowed.includes(purpose)
    ? `${PURPOSE_HEADER} ${purpose} is for reading only`
    : `${PURPOSE_HEADER} ${purpose} is not registered for this app and role, but ${allowed.join(', ') || 'none'}`;
}

/** RFC 6750, 3.1: the scope with which it would be allowed, as far as scopes go. */
function insufficientScope(
  req: Request,
  { role, id, client, patient }: Subject,
  { action, type }: { readonly action: Action; readonly type: string },
): string {
  const isClient = role === 'app' || (role === 'admin' && id === client);
  const level = isClient ? 'system' : patient === undefined ? 'user' : 'patient';
  const scope = `${level}/${type}.${(permissionsFor(action) ?? []).join('')}`;
  return challenge(req, baseUrlOf(req).replace(/\/fhir\/R4$/, ''), 'insufficient_scope', scope);
}
