/** A scope of SMART App Launch 2.2 (`patient/Observation.rs?category=laboratory`), taken apart. */
export interface SmartScope {
  readonly context: 'patient' | 'user' | 'system';
  /** A resource type, or `*`. */
  readonly type: string;
  /** Of `cruds`, in this order. */
  readonly permissions: string;
  /** Search parameters that narrow it, `name=value`, sorted. */
  readonly query: readonly string[];
}

const SMART = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{1,63})\.(c?r?u?d?s?)(?:\?([^?\s]{1,500}))?$/;

/**
 * To administer apps and accounts. A role alone does not: an app that an administrator logs in to must not do so in their name.
 * For the clinic's own apps only.
 */
export const ADMIN_SCOPE = 'careplane/admin';

/**
 * To publish and to end keys of one's own, to which others encrypt documents. Reading somebody's keys goes with reading the person.
 */
export const KEYS_SCOPE = 'careplane/keys';

/** Scopes that are no resource's: who somebody is, launch context, refresh tokens. */
export const OTHER_SCOPES = [
  'openid',
  'fhirUser',
  'launch/patient',
  'offline_access',
  'online_access',
  ADMIN_SCOPE,
  KEYS_SCOPE,
] as const;

/** @returns undefined for what is no scope of a resource */
export function parseSmartScope(text: string): SmartScope | undefined {
  const [, context, type, permissions, query] = SMART.exec(text) ?? [];
  if (context === undefined || type === undefined || !permissions) return undefined;
  const parts = query === undefined ? [] : query.split('&').sort();
  if (parts.some((part) => !/^[A-Za-z0-9_:.-]+=.+$/.test(part))) return undefined;
  return { context: context as SmartScope['context'], type, permissions, query: parts };
}

/** Whether a scope that is allowed includes one that is asked for. */
export function covers(allowed: string, asked: string): boolean {
  if (allowed === asked) return true;
  const [wide, narrow] = [parseSmartScope(allowed), parseSmartScope(asked)];
  if (!wide || !narrow) return false;
  return (
    wide.context === narrow.context &&
    (wide.type === '*' || wide.type === narrow.type) &&
    Array.from(narrow.permissions).every((letter) => wide.permissions.includes(letter)) &&
    wide.query.every((part) => narrow.query.includes(part))
  );
}

/** The known scopes of those asked for that an app may have. Others are left out: the app is told what it got. */
export function allowedScopes(asked: Iterable<string>, allowed: readonly string[]): string[] {
  const isKnown = (scope: string): boolean =>
    (OTHER_SCOPES as readonly string[]).includes(scope) || parseSmartScope(scope) !== undefined;
  return [...new Set(asked)].filter(
    (scope) => isKnown(scope) && allowed.some((entry) => covers(entry, scope)),
  );
}
