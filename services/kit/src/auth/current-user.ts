import type { Role, Subject } from '@careplane/access';
import type { Request } from 'express';
import { Unauthorized } from '../http/errors.ts';
import { wholeOf } from '../http/part-request.ts';

export { ROLES } from '@careplane/access';
export type { Role } from '@careplane/access';

/** The caller of a request: the person. */
export interface User {
  /** The FHIR id of the person; of an account without one, and of an app, its own id. */
  readonly sub: string;
  readonly role: Role;
  /** The token's id. */
  readonly jti: string;
}

/** The caller of a request, as its verified token says. */
export interface Caller extends Subject, User {
  /** The thumbprint of the key that must prove itself with each request (DPoP, RFC 9449); absent: a bearer token. */
  readonly jkt?: string;
}

const callers = new WeakMap<Request, Caller>();

/** Remembers the verified caller; only the auth middleware calls it. */
export function setCaller(req: Request, caller: Caller): void {
  callers.set(req, caller);
}

/** The verified caller, as decisions about access know it. @throws Unauthorized when no auth middleware has let the request in. */
export function currentSubject(req: Request): Subject {
  return callerOf(req);
}

/** The verified caller. @throws Unauthorized when no auth middleware has let the request in. */
export function currentUser(req: Request): User {
  return callerOf(req);
}

/** The verified caller, or nobody on a public route. */
export function currentUserOrNone(req: Request): User | undefined {
  return callers.get(wholeOf(req));
}

function callerOf(req: Request): Caller {
  const caller = callers.get(wholeOf(req));
  if (!caller) throw new Unauthorized();
  return caller;
}
