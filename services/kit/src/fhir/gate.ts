import { defaultPurpose, permissionsFor, PURPOSES, purposesFor, withoutElements } from '@careplane/access';
import type { Action, Attributes, Decision, DenialReason, Purpose, Subject } from '@careplane/access';
import type { Request } from 'express';
import { Forbidden, Invalid, NotFound } from '../http/errors.ts';
import { requestSignal } from '../http/timeout.ts';
import { challenge } from '../auth/bearer.ts';
import { accessRecordOf } from './access-record.ts';
import { baseUrlOf } from './base-url.ts';
import type { AccessPort, Interaction, ResourceDefinition } from './definition.ts';
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
  /** Before anything is read. `hides`: whether a denial must not tell that something is there. @throws NotFound, Forbidden */
  enter(action: Action, type: string, options?: { readonly hides?: boolean }): Promise<Interaction>;
  /** As `enter`; undefined when it is denied. */
  tryEnter(action: Action, type: string): Promise<Interaction | undefined>;
  /** The decision itself, for what follows from either. */
  ask(action: Action, type: string, attributes: Attributes): Promise<Decision>;
  /** Judges what was read, or is to be written. @throws NotFound, Forbidden */
  judge(action: Action, target: JudgedTarget): Promise<Allowed>;
  /** Of resources that were read those that may be seen, without the elements that may not. */
  visible<R extends Stored>(
    action: Action,
    definition: ResourceDefinition<R>,
    resources: readonly R[],
  ): Promise<R[]>;
}

export interface JudgedTarget {
  readonly type: string;
  readonly attributes: Attributes;
  /** Default true: a denial says that there is nothing. */
  readonly hides?: boolean;
}

export function createGate(access: AccessPort, req: Request): Gate {
  const subject = access.subjectOf(req);
  const purpose = purposeOf(req, subject);
  const signal = requestSignal(req);
  const audit = accessRecordOf(req);
  audit.asks(subject, purpose);
  const decide = (action: Action, type: string, attributes?: Attributes): Promise<Decision> =>
    access.decide(subject, action, { type, ...(attributes ? { attributes } : {}) }, { purpose, signal });
  const allowed = (decision: Decision, { action, type, hides }: Refusable): Allowed => {
    if (decision.effect === 'allow') return decision;
    audit.denied(decision.reason);
    throw refusal(decision.reason, hides, {
      challenge: () => insufficientScope(req, subject, { action, type }),
      purpose: () => wrongPurpose(subject, purpose),
    });
  };
  return {
    ask: decide,
    async enter(action, type, { hides = false } = {}): Promise<Interaction> {
      const decision = allowed(await decide(action, type), { action, type, hides });
      return { subject, purpose, decision, signal, req, audit };
    },
    async tryEnter(action, type): Promise<Interaction | undefined> {
      const decision = await decide(action, type);
      return decision.effect === 'allow' ? { subject, purpose, decision, signal, req, audit } : undefined;
    },
    async judge(action, { type, attributes, hides = true }): Promise<Allowed> {
      if (hides) audit.isAbout(attributes); // what is hidden is there; what is sent may name anybody
      return allowed(await decide(action, type, attributes), { action, type, hides });
    },
    async visible<R extends Stored>(
      action: Action,
      definition: ResourceDefinition<R>,
      resources: readonly R[],
    ): Promise<R[]> {
      const seen: R[] = [];
      for (const resource of resources) {
        const decision = await decide(action, definition.type, definition.attributes(resource));
        if (decision.effect === 'deny') continue;
        audit.shows([resource]);
        seen.push(withoutElements(resource, decision.without));
      }
      return seen;
    },
  };
}

/** What a caller lacks by itself is no secret; everything else would tell that something is there. */
const OWN_LACK: ReadonlySet<DenialReason> = new Set(['role', 'scope', 'purpose']);

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
  if (hides && !OWN_LACK.has(reason)) return new NotFound();
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
