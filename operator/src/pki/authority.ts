import { secretText } from '../k8s/secret-data.ts';
import { secrets, type Secret } from '../k8s/types.ts';
import type { Context, LiveReader } from '../runtime/controller.ts';
import type { ObjectKey } from '../runtime/kube.ts';
import { authoritySecret, readAuthority, rotationRequest } from './authority-secret.ts';
import { createAuthority, DAY_MS, type KeyPair } from './certificate.ts';
import {
  bundleOf,
  dueStep,
  introduce,
  noAuthority,
  promote,
  type AuthorityState,
  type Circumstances,
} from './rotation.ts';

/** What an authority is read and written with. Writes are the leader's alone: its client is fenced by the Lease. */
export type AuthorityContext = Pick<Context, 'apply' | 'now' | 'log'> & { live: Pick<LiveReader, 'get'> };

/** Who signs, and who is trusted. */
export interface Authority {
  /** Signs; `undefined` while none may. */
  current: KeyPair | undefined;
  /** Signs next. */
  next: KeyPair | undefined;
  /** PEM of all certificates that are to be trusted: old and new while an authority is replaced. */
  bundle: string;
  /** Why the Secret that holds it cannot be used. */
  problem: string | undefined;
}

/**
 * Who signs the next certificate of a server, or `undefined`: one that serves none yet may have it of an authority that signs
 * nobody else's before it is known to be trusted everywhere.
 */
export function signerFor({ current, next }: Authority, isServing: boolean): KeyPair | undefined {
  return current ?? (isServing ? undefined : next);
}

/** One rotation: of which Secret, under which circumstances. */
export interface Rotation extends Pick<Circumstances, 'trusted' | 'overlapMs' | 'retireMs'> {
  /** Of the Secret that keeps the authority. */
  key: ObjectKey;
  /** Common name. */
  name: string;
  /** PEM of what is trusted though the Secret does not say so, since it was lost. */
  lastTrusted: string | undefined;
}

/**
 * Takes the steps that are due, writes them and returns the authority. `found` is its Secret; what it holds is replaced when it cannot be
 * used. @throws ApiError 409 when somebody else wrote the Secret meanwhile: the next look sees what he wrote
 */
export async function rotateAuthority(
  found: Secret | undefined,
  rotation: Rotation,
  context: AuthorityContext,
): Promise<Authority> {
  const { key, name, lastTrusted } = rotation;
  const now = context.now();
  const circumstances = { ...rotation, now, requested: rotationRequest(found) };
  const before = readAuthority(found, now) ?? noAuthority(lastTrusted, now);
  let state = before;
  let step = dueStep(state, circumstances);
  for (; step !== undefined; step = dueStep(state, circumstances)) {
    context.log.info('a certificate authority changes', { secret: key.name, step });
    if (step === 'promote') state = promote(state, now);
    else if (step === 'drop') state = { ...state, retired: undefined };
    // Another subject than the one before: by their names alone they could be taken for each other.
    else
      state = introduce(
        state,
        await createAuthority(`${name} ${new Date(now).toISOString()}`, now),
        circumstances,
      );
  }
  if (state !== before) await context.apply(authoritySecret(key, state, found?.metadata.resourceVersion));
  return authorityOf(state);
}

function authorityOf(state: AuthorityState): Authority {
  return { current: state.current, next: state.next, bundle: bundleOf(state), problem: undefined };
}

/**
 * What everybody gets within minutes (kubelet's volumes, reloads of servers and clients) is given a day: nothing is to be gained
 * by hurry, and a server that is late shows in `CertificatesCurrent` before it matters.
 */
const NAMESPACE_TIMING = { overlapMs: DAY_MS, retireMs: DAY_MS, trusted: [] } as const;

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

  /**
   * The namespace's authority; made when there is none. A damaged one is never replaced without being asked to.
   * @param lastTrusted PEM of what the caller's clients trust: stays trusted when the authority was lost
   */
  of(namespace: string, lastTrusted: string | undefined, context: AuthorityContext): Promise<Authority> {
    const pending = this.#pending.get(namespace);
    if (pending !== undefined) return pending;
    const reading = this.#read(namespace, lastTrusted, context).finally(() =>
      this.#pending.delete(namespace),
    );
    this.#pending.set(namespace, reading);
    return reading;
  }

  async #read(
    namespace: string,
    lastTrusted: string | undefined,
    context: AuthorityContext,
  ): Promise<Authority> {
    const key = { namespace: this.#operatorNamespace, name: Authorities.secretName(namespace) };
    const found = await context.live.get<Secret>(secrets, key);
    if (found !== undefined && readAuthority(found, context.now()) === undefined) return damaged(found);
    const rotation = { key, name: `careplane ${namespace}`, lastTrusted, ...NAMESPACE_TIMING };
    return rotateAuthority(found, rotation, context);
  }
}

function damaged(secret: Secret): Authority {
  const { namespace = '', name } = secret.metadata;
  const problem = `Secret ${namespace}/${name} holds no usable certificate authority: restore it, or delete it to get a new one`;
  const bundle = secretText(secret, 'ca.crt') ?? secretText(secret, 'tls.crt') ?? '';
  return { current: undefined, next: undefined, bundle, problem };
}
