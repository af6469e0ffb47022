import { X509Certificate } from 'node:crypto';
import type { Context } from '../runtime/controller.ts';
import type { AnyObject } from '../runtime/kube.ts';
import { secrets, type Secret } from '../k8s/types.ts';
import { createAuthority, type KeyPair } from './certificate.ts';
import { afterStep, bundleOf, dueStep, type AuthorityState } from './rotation.ts';
import { secretText, toData } from './secret-data.ts';

/** The authority of one watched namespace. */
export interface Authority {
  /** `undefined` when the Secret that holds it cannot be used; `problem` says why. */
  pair: KeyPair | undefined;
  problem: string | undefined;
  /** PEM of all certificates that are to be trusted: old and new while an authority is replaced. */
  bundle: string;
}

/**
 * The certificate authorities of the watched namespaces. Their keys are in the operator's own namespace, which nobody
 * who works in a clinic's namespace can read; there, only the certificate is seen.
 */
export class Authorities {
  readonly #operatorNamespace: string;
  /** One creation at a time: two would overwrite each other, and what the first one signed would be worth nothing. */
  readonly #pending = new Map<string, Promise<Authority>>();

  constructor(operatorNamespace: string) {
    this.#operatorNamespace = operatorNamespace;
  }

  /** Name of the Secret with the authority of a namespace. */
  static secretName(namespace: string): string {
    return `careplane-ca-${namespace}`;
  }

  /** The namespace's authority; made when there is none. A damaged one is never replaced without being asked to. */
  async of(namespace: string, context: Pick<Context, 'live' | 'apply' | 'now'>): Promise<Authority> {
    const pending = this.#pending.get(namespace);
    if (pending !== undefined) return pending;
    const reading = this.#read(namespace, context).finally(() => this.#pending.delete(namespace));
    this.#pending.set(namespace, reading);
    return reading;
  }

  async #read(namespace: string, context: Pick<Context, 'live' | 'apply' | 'now'>): Promise<Authority> {
    const key = { namespace: this.#operatorNamespace, name: Authorities.secretName(namespace) };
    const found = await context.live.get<Secret>(secrets, key);
    const now = context.now();
    if (found === undefined) {
      const signer = await createAuthority(`careplane ${namespace}`, now);
      const state = { signer, next: undefined, previous: undefined, since: now, answered: '' };
      await context.apply(authoritySecret(key, state));
      return authorityOf(state);
    }
    const state = readState(found);
    if (state === undefined) return damaged(found);
    const moved = await withDueStep(state, {
      asked: found.metadata.annotations?.[ROTATE] ?? '',
      namespace,
      now,
    });
    if (moved !== state) await context.apply(authoritySecret(key, moved));
    return authorityOf(moved);
  }
}

/** On the Secret of an authority: another value asks for another authority. */
const ROTATE = 'careplane.dev/rotate-authority';

/** Entries of the Secret besides those of a `kubernetes.io/tls` Secret. */
const ENTRY = { nextCertificate: 'next.crt', nextKey: 'next.key', previous: 'previous.crt', since: 'since', answered: 'answered' } as const; // prettier-ignore

async function withDueStep(
  state: AuthorityState,
  { asked, namespace, now }: { asked: string; namespace: string; now: number },
): Promise<AuthorityState> {
  const kind = dueStep(state, asked, now);
  if (kind === undefined) return state;
  if (kind !== 'introduce') return afterStep(state, { kind }, now);
  // Another subject than the one before: by their names alone they could be taken for each other.
  const fresh = await createAuthority(`careplane ${namespace} ${new Date(now).toISOString()}`, now);
  return afterStep(state, { kind, fresh, asked }, now);
}

function authorityOf(state: AuthorityState): Authority {
  return { pair: state.signer, problem: undefined, bundle: bundleOf(state) };
}

function authoritySecret(key: { namespace: string; name: string }, state: AuthorityState): AnyObject {
  const { signer, next, previous, since, answered } = state;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: {
      ...key,
      labels: { 'app.kubernetes.io/part-of': 'careplane', 'app.kubernetes.io/managed-by': 'careplane' },
    },
    data: toData({
      'tls.crt': signer.certificate,
      'tls.key': signer.key,
      'ca.crt': bundleOf(state),
      [ENTRY.since]: String(since),
      [ENTRY.answered]: answered,
      ...(next === undefined ? {} : { [ENTRY.nextCertificate]: next.certificate, [ENTRY.nextKey]: next.key }),
      ...(previous === undefined ? {} : { [ENTRY.previous]: previous }),
    }),
  };
}

/** `undefined` for a Secret that holds no usable authority. One that was made before there were steps has begun none. */
function readState(secret: Secret): AuthorityState | undefined {
  const signer = pairIn(secret, 'tls.crt', 'tls.key');
  if (signer === undefined) return undefined;
  return {
    signer,
    next: pairIn(secret, ENTRY.nextCertificate, ENTRY.nextKey),
    previous: secretText(secret, ENTRY.previous),
    since: Number(secretText(secret, ENTRY.since) ?? 0),
    answered: secretText(secret, ENTRY.answered) ?? '',
  };
}

function pairIn(secret: Secret, certificateEntry: string, keyEntry: string): KeyPair | undefined {
  const certificate = secretText(secret, certificateEntry) ?? '';
  const key = secretText(secret, keyEntry) ?? '';
  return key !== '' && isAuthority(certificate) ? { certificate, key } : undefined;
}

function damaged(secret: Secret): Authority {
  const { namespace = '', name } = secret.metadata;
  const problem = `Secret ${namespace}/${name} holds no usable certificate authority: restore it, or delete it to get a new one`;
  return {
    pair: undefined,
    problem,
    bundle: secretText(secret, 'ca.crt') ?? secretText(secret, 'tls.crt') ?? '',
  };
}

function isAuthority(certificate: string): boolean {
  try {
    return new X509Certificate(certificate).ca;
  } catch {
    // Not a certificate at all: the caller reports it.
    return false;
  }
}
