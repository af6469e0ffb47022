import { X509Certificate } from 'node:crypto';
import { secretText, toData } from '../../pki/secret-data.ts';
import type { KeyPair } from '../../pki/certificate.ts';
import { LEAF_DAYS } from '../../pki/certificate.ts';
import type { Secret } from '../../k8s/types.ts';

/**
 * The authorities that the webhook's certificate is signed by, one after the other. Every one of them is trusted by the API server
 * before it signs for the first time, and until nothing that it signed can still be served.
 */
export interface AuthorityState {
  /** Signs. */
  current: KeyPair | undefined;
  /** Is trusted already, and signs next. */
  next: (KeyPair & { since: number }) | undefined;
  /** Signs no more (its key is gone) and is still trusted. */
  retired: { certificate: string; since: number } | undefined;
  /** The wish for a rotation that was granted last. */
  granted: string | undefined;
}

/** `introduce` makes the next authority, `promote` lets it sign, `drop` ends the trust in the one before. */
export type Step = 'introduce' | 'promote' | 'drop';

export interface Circumstances {
  /** Milliseconds since the epoch. */
  now: number;
  /** What the API server trusts now (PEM), at each place where it knows us; empty while it calls nobody. */
  registered: readonly string[];
  /** Whether there is a certificate that works: without one, nothing is lost by haste. */
  isServed: boolean;
  /** Somebody's wish for a rotation (annotation of the Secret), any text; granted once. */
  wish: string | undefined;
  /** Milliseconds for which the next authority is trusted before it signs: API servers learn of it by their watches. */
  overlapMs: number;
}

const DAY_MS = 86_400_000;
const RENEW_AFTER = 2 / 3;

export const noAuthority: AuthorityState = {
  current: undefined,
  next: undefined,
  retired: undefined,
  granted: undefined,
};

/** The next thing to do, if any. Pure. */
export function nextStep(state: AuthorityState, circumstances: Circumstances): Step | undefined {
  const { now } = circumstances;
  if (state.next !== undefined) return mayPromote(state.next, circumstances) ? 'promote' : undefined;
  if (state.current === undefined || isOld(state.current, now)) return 'introduce';
  if (circumstances.wish !== undefined && circumstances.wish !== state.granted) return 'introduce';
  const isForgotten = state.retired !== undefined && now - state.retired.since >= LEAF_DAYS * DAY_MS;
  return isForgotten ? 'drop' : undefined;
}

/** PEM of every certificate that the API server is to trust. */
export function bundleOf({ current, next, retired }: AuthorityState): string {
  return [current?.certificate, next?.certificate, retired?.certificate]
    .filter((certificate) => certificate !== undefined)
    .join('');
}

/** The state after a step; `made` is the new authority of `introduce`. Pure. */
export function afterStep(
  state: AuthorityState,
  step: Step,
  { now, wish, made }: { now: number; wish: string | undefined; made?: KeyPair | undefined },
): AuthorityState {
  if (step === 'drop') return { ...state, retired: undefined };
  if (step === 'introduce')
    return { ...state, next: made === undefined ? undefined : { ...made, since: now }, granted: wish };
  const { current, next } = state;
  if (next === undefined) throw new Error('there is no authority to promote');
  return {
    ...state,
    current: { certificate: next.certificate, key: next.key },
    next: undefined,
    retired: current === undefined ? state.retired : { certificate: current.certificate, since: now },
  };
}

/** The state as it is kept, in the data of a Secret of type `kubernetes.io/tls`. */
export function stateData(state: AuthorityState): Record<string, string> {
  const { current, next, retired, granted } = state;
  return toData({
    'tls.crt': current?.certificate ?? '',
    'tls.key': current?.key ?? '',
    'ca.crt': bundleOf(state),
    ...(next === undefined
      ? {}
      : { 'next.crt': next.certificate, 'next.key': next.key, 'next.since': timeText(next.since) }),
    ...(retired === undefined
      ? {}
      : { 'retired.crt': retired.certificate, 'retired.since': timeText(retired.since) }),
    ...(granted === undefined ? {} : { granted }),
  });
}

/**
 * Reads what is kept. Authorities that cannot be read are as good as none; what was trusted until now (`served`, the bundle
 * beside the certificate) then stays trusted, so that what is served goes on working until there is a new one.
 */
export function readState(
  secret: Secret | undefined,
  served: string | undefined,
  now: number,
): AuthorityState {
  const current = authorityOf(secret, 'tls');
  const next = authorityOf(secret, 'next');
  const retired = secretText(secret, 'retired.crt');
  const isLost = current === undefined && retired === undefined && served !== undefined;
  return {
    current,
    next: next === undefined ? undefined : { ...next, since: timeOf(secret, 'next.since') },
    retired: isLost
      ? { certificate: served, since: now }
      : retired === undefined
        ? undefined
        : { certificate: retired, since: timeOf(secret, 'retired.since') },
    granted: secretText(secret, 'granted'),
  };
}

function mayPromote(
  next: NonNullable<AuthorityState['next']>,
  { now, registered, isServed, overlapMs }: Circumstances,
): boolean {
  if (!isServed) return true;
  const isTrusted = registered.every((bundle) => bundle.includes(next.certificate.trim()));
  return isTrusted && now - next.since >= overlapMs;
}

function isOld({ certificate }: KeyPair, now: number): boolean {
  const { validFrom, validTo } = new X509Certificate(certificate);
  const from = Date.parse(validFrom);
  return now - from >= (Date.parse(validTo) - from) * RENEW_AFTER;
}

function authorityOf(secret: Secret | undefined, prefix: 'tls' | 'next'): KeyPair | undefined {
  const certificate = secretText(secret, `${prefix}.crt`);
  const key = secretText(secret, `${prefix}.key`);
  if (certificate === undefined || key === undefined) return undefined;
  try {
    return new X509Certificate(certificate).ca ? { certificate, key } : undefined;
  } catch {
    // No certificate at all is no authority, either.
    return undefined;
  }
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

function timeOf(secret: Secret | undefined, key: string): number {
  const time = Date.parse(secretText(secret, key) ?? '');
  return Number.isNaN(time) ? 0 : time;
}
