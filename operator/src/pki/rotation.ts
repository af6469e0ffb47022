import { X509Certificate } from 'node:crypto';
import type { KeyPair } from './certificate.ts';
import { isOld } from './renewal.ts';

/** An authority and how far its replacement is. */
export interface AuthorityState {
  /** What signs now. */
  signer: KeyPair;
  /** What will sign, already trusted; `undefined` when no replacement has begun, or it signs already. */
  next: KeyPair | undefined;
  /** PEM of the one that signed before, still trusted. */
  previous: string | undefined;
  /** When the present step began, milliseconds since the epoch. */
  since: number;
  /** The token of the last replacement that was asked for. */
  answered: string;
}

export type Step = 'introduce' | 'switch' | 'forget';

/**
 * What everybody gets within minutes (kubelet's volumes, reloads of servers and clients) is given a day: nothing is to be gained
 * by hurry, and a server that is late shows in `CertificatesCurrent` before it matters.
 */
export const STEP_MS = 86_400_000;

/**
 * The next step of replacing an authority, if one is due. Pure. First the new one is trusted by all beside the old one, then it
 * signs, then the old one is forgotten: at no moment does anybody meet a certificate that he does not trust.
 * @param asked the token by which somebody asks for another authority
 * @param now milliseconds since the epoch
 */
export function dueStep(state: AuthorityState, asked: string, now: number): Step | undefined {
  const isOver = now - state.since >= STEP_MS;
  if (state.next !== undefined) return isOver ? 'switch' : undefined;
  if (state.previous !== undefined) return isOver ? 'forget' : undefined;
  return asked !== state.answered || isOld(new X509Certificate(state.signer.certificate), now)
    ? 'introduce'
    : undefined;
}

/** The state after a step. @param fresh the authority that is introduced */
export function afterStep(
  state: AuthorityState,
  step: { kind: 'introduce'; fresh: KeyPair; asked: string } | { kind: 'switch' | 'forget' },
  now: number,
): AuthorityState {
  const { signer, next } = state;
  if (step.kind === 'introduce') return { ...state, next: step.fresh, answered: step.asked, since: now };
  if (step.kind === 'forget' || next === undefined) return { ...state, previous: undefined, since: now };
  return { ...state, signer: next, next: undefined, previous: signer.certificate, since: now };
}

/** PEM of all authorities that are to be trusted. */
export function bundleOf({ signer, next, previous }: AuthorityState): string {
  return [signer.certificate, next?.certificate, previous].filter((one) => one !== undefined).join('');
}
