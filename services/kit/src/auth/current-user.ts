import type { Request } from 'express';
import { Unauthorized } from '../http/errors.ts';

export const ROLES = ['patient', 'practitioner', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** The caller of a request, as its verified token says. */
export interface User {
  /** The FHIR id. */
  readonly sub: string;
  readonly role: Role;
  /** The token's id. */
  readonly jti: string;
}

const users = new WeakMap<Request, User>();

/** Remembers the verified caller; only the auth middleware calls it. */
export function setCurrentUser(req: Request, user: User): void {
  users.set(req, user);
}

/** The verified caller. @throws Unauthorized when no auth middleware has let the request in. */
export function currentUser(req: Request): User {
  const user = users.get(req);
  if (!user) throw new Unauthorized();
  return user;
}

/** The verified caller, or nobody on a public route. */
export function currentUserOrNone(req: Request): User | undefined {
  return users.get(req);
}
