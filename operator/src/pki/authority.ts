import { encryptedStores } from '../api/encryptedstore.ts';
import { healthcareServices } from '../api/healthcareservice.ts';
import { messageBrokers } from '../api/messagebroker.ts';
import { secretText } from '../k8s/secret-data.ts';
import { secrets, type Secret } from '../k8s/types.ts';
import type { Context, LiveReader } from '../runtime/controller.ts';
import { KIND_LABEL } from '../runtime/keys.ts';
import type { ObjectKey, ResourceType } from '../runtime/kube.ts';
import { authoritySecret, readAuthority, rotationRequest } from './authority-secret.ts';
import { certificatesIn, createAuthority, DAY_MS, type KeyPair } from './certificate.ts';
import {
  bundleOf,
  dueStep,
  introduce,
  noAuthority,
  promote,
  type AuthorityState,
  type Circumstances,
} from './rotation.ts';
import { certificateSecretName, identitySecretName } from './tls-secret.ts';

/** The part of a reconcile's context that an authority needs. Only the leader writes: its client is fenced by the Lease. */
export type AuthorityContext = Pick<Context, 'apply' | 'now' | 'log'> & { live: Pick<LiveReader, 'get'> };

/** As {@link AuthorityContext}, for the authority of a namespace: the cache tells which servers have certificates. */
export type NamespaceContext = AuthorityContext & Pick<Context, 'cache'>;

/** The signing key pairs and the trusted certificates. */
export interface Authority {
  /** Signs; `undefined` while none may. */
  current: KeyPair | undefined;
  /** Signs next; `since` when it is trusted. */
  next: AuthorityState['next'];
  /** PEM of all certificates that are to be trusted: old and new while an authority is replaced. */
  bundle: string;
  /** Why the Secret that holds it cannot be used. */
  problem: string | undefined;
}

/** The authority that signs; `undefined` while none may. For a new server the next authority may sign before its promotion. */
export function signerFor({ current, next }: Authority, isServing: boolean): KeyPair | undefined {
  return current ?? (isServing ? undefined : next);
}

/** From when on the next authority of a namespace may sign for servers that are called, in milliseconds since the epoch. */
export function signsFrom({ next }: Authority): number | undefined {
  return next && next.since + NAMESPACE_TIMING.overlapMs;
}

/** One rotation: of which Secret, under which circumstances. */
export interface Rotation extends Pick<Circumstances, 'trusted' | 'overlapMs' | 'retireMs'> {
  /** Of the Secret that keeps the authority. */
  key: ObjectKey;
  /** Common name. */
  name: string;
  /** PEM bundle of the clients: stays trusted when the Secret was lost. */
  lastTrusted: string | undefined;
}

/** Takes the steps that are due and writes them. @throws ApiError 409 when another replica wrote the Secret meanwhile */
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
    // Each authority has a subject of its own: verifiers look issuers up by subject.
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

/** Volumes and reloads take minutes. A day leaves time to notice a server that is late (`CertificatesCurrent`). */
const NAMESPACE_TIMING = { overlapMs: DAY_MS, retireMs: DAY_MS, trusted: [] } as const;

/** The authorities of the watched namespaces; their keys are in the operator's namespace, which clinics cannot read. */
export class Authorities {
  readonly #operatorNamespace: string;
  /** One read at a time for each namespace: two objects that find none would each create one. */
  readonly #pending = new Map<string, Promise<Authority>>();

  constructor(operatorNamespace: string) {
    this.#operatorNamespace = operatorNamespace;
  }

  /** Name of the Secret with the authority of a namespace. */
  static secretName(namespace: string): string {
    return `careplane-ca-${namespace}`;
  }

  /**
   * The namespace's authority; made when there is none: what any server's clients trust then stays trusted.
   * A damaged one is reported and never replaced.
   */
  of(namespace: string, context: NamespaceContext): Promise<Authority> {
    const pending = this.#pending.get(namespace);
    if (pending !== undefined) return pending;
    const reading = this.#read(namespace, context).finally(() => this.#pending.delete(namespace));
    this.#pending.set(namespace, reading);
    return reading;
  }

  async #read(namespace: string, context: NamespaceContext): Promise<Authority> {
    const key = { namespace: this.#operatorNamespace, name: Authorities.secretName(namespace) };
    const found = await context.live.get<Secret>(secrets, key);
    if (found !== undefined && readAuthority(found, context.now()) === undefined) return damaged(found);
    const lastTrusted = found === undefined ? await trustedIn(namespace, context) : undefined;
    const rotation = { key, name: `careplane ${namespace}`, lastTrusted, ...NAMESPACE_TIMING };
    return rotateAuthority(found, rotation, context);
  }
}

/**
 * PEM of the authorities that anybody in the namespace trusts: the servers by their own Secrets, the services by their bindings.
 * One of them is enough. `undefined` when there are none.
 */
async function trustedIn(namespace: string, { cache, live }: NamespaceContext): Promise<string | undefined> {
  const providers: readonly ResourceType[] = [encryptedStores, messageBrokers];
  const ofServers = [
    ...providers
      .flatMap((type) => cache.list(type, namespace))
      .map(({ metadata }) => certificateSecretName(metadata.name)),
    ...cache.list(healthcareServices, namespace).map(({ metadata }) => identitySecretName(metadata.name)),
  ];
  const children = providers.flatMap(({ kind }) =>
    cache.list(secrets, namespace, { [KIND_LABEL]: kind.toLowerCase() }),
  );
  const names = new Set([...ofServers, ...children.map(({ metadata }) => metadata.name)]);
  const bundles = await Promise.all(
    [...names].map(
      async (name) => secretText(await live.get<Secret>(secrets, { namespace, name }), 'ca.crt') ?? '',
    ),
  );
  const certificates = new Set(bundles.flatMap(certificatesIn));
  return certificates.size === 0 ? undefined : [...certificates, ''].join('\n');
}

function damaged(secret: Secret): Authority {
  const { namespace = '', name } = secret.metadata;
  const problem = `Secret ${namespace}/${name} holds no usable certificate authority: restore it, or delete it to get a new one`;
  const bundle = secretText(secret, 'ca.crt') ?? secretText(secret, 'tls.crt') ?? '';
  return { current: undefined, next: undefined, bundle, problem };
}
