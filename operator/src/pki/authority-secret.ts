import { createPrivateKey, X509Certificate } from 'node:crypto';
import { secretText } from '../k8s/secret-data.ts';
import type { Secret } from '../k8s/types.ts';
import type { AnyObject, ObjectKey } from '../runtime/kube.ts';
import type { KeyPair } from './certificate.ts';
import { bundleOf, type AuthorityState } from './rotation.ts';
import { pairIn, tlsSecret } from './tls-secret.ts';

/** On the Secret of an authority: another value asks for another authority. */
const ROTATE_ANNOTATION = 'careplane.dev/rotate-authority';

/** The request for a rotation on the Secret. */
export function rotationRequest(secret: Secret | undefined): string | undefined {
  return secret?.metadata.annotations?.[ROTATE_ANNOTATION];
}

/** The Secret that keeps the state, for server-side apply. `resourceVersion`: of the Secret that the state was read from. */
export function authoritySecret(
  key: ObjectKey,
  state: AuthorityState,
  resourceVersion?: string,
): AnyObject & { data: Record<string, string> } {
  const { current, next, retired, answered } = state;
  const secret = tlsSecret(key, current, bundleOf(state), {
    ...(next && { 'next.crt': next.certificate, 'next.key': next.key, 'next.since': timeText(next.since) }),
    ...(next?.known !== undefined && { 'next.known': timeText(next.known) }),
    ...(retired && { 'retired.crt': retired.certificates, 'retired.since': timeText(retired.since) }),
    ...(answered === undefined ? {} : { answered }),
  });
  // Of two replicas that write at once the second gets 409.
  if (resourceVersion !== undefined) secret.metadata.resourceVersion = resourceVersion;
  return secret;
}

/** The state that a Secret keeps; `undefined` when there is none, or none that can sign now: unreadable, half-written, expired. */
export function readAuthority(secret: Secret | undefined, now: number): AuthorityState | undefined {
  const current = signerIn(secret, 'tls', now);
  const next = signerIn(secret, 'next', now);
  if (current === undefined && (next === undefined || secretText(secret, 'tls.crt') !== undefined))
    return undefined;
  const retired = secretText(secret, 'retired.crt');
  return {
    current,
    next: next && {
      ...next,
      since: timeIn(secret, 'next.since'),
      ...(secretText(secret, 'next.known') && { known: timeIn(secret, 'next.known') }),
    },
    retired:
      retired === undefined ? undefined : { certificates: retired, since: timeIn(secret, 'retired.since') },
    answered: secretText(secret, 'answered'),
  };
}

function signerIn(secret: Secret | undefined, prefix: 'tls' | 'next', now: number): KeyPair | undefined {
  const pair = pairIn(secret, prefix);
  if (pair === undefined) return undefined;
  try {
    const certificate = new X509Certificate(pair.certificate);
    const isWhole = certificate.ca && certificate.checkPrivateKey(createPrivateKey(pair.key));
    return isWhole && now < Date.parse(certificate.validTo) ? pair : undefined;
  } catch {
    // Certificate or key does not parse: as good as none.
    return undefined;
  }
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

/** An unreadable time counts as long ago. */
function timeIn(secret: Secret | undefined, entry: string): number {
  const time = Date.parse(secretText(secret, entry) ?? '');
  return Number.isNaN(time) ? 0 : time;
}
