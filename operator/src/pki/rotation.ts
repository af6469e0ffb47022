import { X509Certificate } from 'node:crypto';
import type { KeyPair } from './certificate.ts';
import { isOld } from './renewal.ts';

/** Authorities one after the other. Clients trust each of them before its first and for a while after its last signature. */
export interface AuthorityState {
  /** Signs. */
  current: KeyPair | undefined;
  /** Is trusted already and signs next. `since`: milliseconds since the epoch. */
  next: (KeyPair & { since: number }) | undefined;
  /** No longer signs (its key is deleted) and is still trusted. PEM of one or more certificates. */
  retired: { certificates: string; since: number } | undefined;
  /** The last request for a rotation that was answered. */
  answered: string | undefined;
}

/** `introduce` makes the next authority, `promote` lets it sign, `drop` ends the trust in those before. */
export type Step = 'introduce' | 'promote' | 'drop';

/** What decides about the next step besides the state. */
export interface Circumstances {
  /** Milliseconds since the epoch. */
  now: number;
  /** The request for a rotation: any text, answered once. */
  requested: string | undefined;
  /** What clients are known to trust, one PEM bundle each. The next authority signs only when it is in all of them. */
  trusted: readonly string[];
  /** Milliseconds for which the next authority is trusted before it signs: clients learn of it late. */
  overlapMs: number;
  /** Milliseconds for which a retired authority stays trusted: servers take up new certificates late. */
  retireMs: number;
}

/** The state without an authority. `trusted`: PEM of what clients still trust after the Secret was lost. */
export function noAuthority(trusted: string | undefined, now: number): AuthorityState {
  const retired = trusted === undefined ? undefined : { certificates: trusted, since: now };
  return { current: undefined, next: undefined, retired, answered: undefined };
}

/** The next step of the rotation, if one is due. Pure. */
export function dueStep(state: AuthorityState, circumstances: Circumstances): Step | undefined {
  const { current, next, retired } = state;
  const { now, requested, retireMs } = circumstances;
  if (next !== undefined) return maySign(state, next, circumstances) ? 'promote' : undefined;
  if (current === undefined || isOld(new X509Certificate(current.certificate), now)) return 'introduce';
  if (requested !== undefined && requested !== state.answered) return 'introduce';
  return retired !== undefined && now - retired.since >= retireMs ? 'drop' : undefined;
}

function maySign(
  { current, retired }: AuthorityState,
  next: NonNullable<AuthorityState['next']>,
  { now, trusted, overlapMs }: Circumstances,
): boolean {
  const isFirst = current === undefined && retired === undefined;
  const isTrusted = trusted.every((bundle) => bundle.includes(next.certificate.trim()));
  return isFirst || (isTrusted && now - next.since >= overlapMs);
}

/** The state with another authority introduced. Pure. */
export function introduce(
  state: AuthorityState,
  made: KeyPair,
  { now, requested }: Pick<Circumstances, 'now' | 'requested'>,
): AuthorityState {
  return { ...state, next: { ...made, since: now }, answered: requested };
}

/** The state in which the next authority signs and the one before only stays trusted. Pure. */
export function promote(state: AuthorityState, now: number): AuthorityState {
  const { current, next, retired } = state;
  if (next === undefined) throw new Error('there is no authority to promote');
  const certificates = (current?.certificate ?? '') + (retired?.certificates ?? '');
  return {
    ...state,
    current: { certificate: next.certificate, key: next.key },
    next: undefined,
    retired: certificates === '' ? undefined : { certificates, since: now },
  };
}

/** PEM of all authorities that clients are to trust. */
export function bundleOf({ current, next, retired }: AuthorityState): string {
  return (current?.certificate ?? '') + (next?.certificate ?? '') + (retired?.certificates ?? '');
}
