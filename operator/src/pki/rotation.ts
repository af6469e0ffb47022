import { X509Certificate } from 'node:crypto';
import type { KeyPair } from './certificate.ts';
import { isOld } from './renewal.ts';

/** Authorities one after the other. Clients trust each of them before its first and for a while after its last signature. */
export interface AuthorityState {
  /** Signs. */
  current: KeyPair | undefined;
  /** Is trusted already and signs next. `since`, and `known` when every client's Secret holds it: milliseconds since the epoch. */
  next: (KeyPair & { since: number; known?: number }) | undefined;
  /** No longer signs (its key is deleted) and is still trusted. PEM of one or more certificates. */
  retired: { certificates: string; since: number } | undefined;
  /** The last request for a rotation that was answered. */
  answered: string | undefined;
}

type Next = NonNullable<AuthorityState['next']>;

/** `introduce` makes the next authority, `note` that all hold it, `promote` lets it sign, `drop` ends the trust in those before. */
export type Step = 'introduce' | 'note' | 'promote' | 'drop';

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
  /** How the next authority comes to sign when the one before was lost; as after any other introduction where it is absent. */
  afterLoss?: AfterLoss | undefined;
  /** Milliseconds for which a retired authority stays trusted: servers take up new certificates late. */
  retireMs: number;
}

/** Nobody can renew a certificate after a loss, so the next authority signs as soon as all clients trust it. */
export interface AfterLoss {
  /** Whether every client's Secret holds all authorities of this state. */
  isKnown: (state: AuthorityState) => boolean;
  /** Milliseconds until those Secrets are in the clients' volumes. */
  volumesMs: number;
  /** Milliseconds after which a client's Secret that is behind is waited for no longer. */
  latestMs: number;
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
  if (next !== undefined) return stepOfNext(state, next, circumstances);
  if (current === undefined || isOld(new X509Certificate(current.certificate), now)) return 'introduce';
  if (requested !== undefined && requested !== state.answered) return 'introduce';
  return retired !== undefined && now - retired.since >= retireMs ? 'drop' : undefined;
}

/** Whether the authority that signed was lost while it was trusted: nobody signs. */
export function isLost({ current, next, retired }: AuthorityState): boolean {
  return current === undefined && next !== undefined && retired !== undefined;
}

function stepOfNext(state: AuthorityState, next: Next, circumstances: Circumstances): Step | undefined {
  const { afterLoss, now } = circumstances;
  if (afterLoss === undefined || !isLost(state))
    return maySign(state, next, circumstances) ? 'promote' : undefined;
  if (now - next.since >= afterLoss.latestMs) return 'promote';
  if (!afterLoss.isKnown(state)) return undefined;
  if (next.known === undefined) return 'note';
  return now - next.known >= afterLoss.volumesMs ? 'promote' : undefined;
}

function maySign(
  { current, retired }: AuthorityState,
  next: Next,
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

/** The state in which every client's Secret holds the next authority. Pure. */
export function note(state: AuthorityState, now: number): AuthorityState {
  const { next } = state;
  return { ...state, next: next && { ...next, known: now } };
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

/** PEM of all authorities that clients are to trust. Their order tells a promotion from the state before. */
export function bundleOf({ current, next, retired }: AuthorityState): string {
  return (current?.certificate ?? '') + (retired?.certificates ?? '') + (next?.certificate ?? '');
}
