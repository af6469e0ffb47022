import { encryptedStores } from '../api/encryptedstore.ts';
import { healthcareServices } from '../api/healthcareservice.ts';
import { messageBrokers } from '../api/messagebroker.ts';
import { secretText, trustDigest, trustOf } from '../k8s/secret-data.ts';
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
  note,
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

/** The authority that signs; `undefined` while none may. For a server that nobody knows the next one may sign before its promotion. */
export function signerFor({ current, next }: Authority, isKnown: boolean): KeyPair | undefined {
  return current ?? (isKnown ? undefined : next);
}

/** When the next authority of a namespace signs at the latest, in milliseconds since the epoch. */
export function signsFrom({ next }: Authority): number | undefined {
  return next && next.since + LATEST_MS;
}

/** One rotation: of which Secret, under which circumstances. */
export interface Rotation extends Pick<Circumstances, 'trusted' | 'overlapMs' | 'retireMs' | 'afterLoss'> {
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
    else if (step === 'note') state = note(state, now);
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

const MINUTE_MS = 60_000;
/** kubelet takes up to two minutes, servers are then made to read their files, and services look every two seconds. */
const VOLUMES_MS = 5 * MINUTE_MS;
/** A service's certificate has eight hours left when it is due: enough for several losses in a row. */
const LATEST_MS = 60 * MINUTE_MS;

/** Volumes and reloads take minutes. A day leaves time to notice a server that is late (`CertificatesCurrent`). */
const NAMESPACE_TIMING = { overlapMs: DAY_MS, retireMs: DAY_MS, trusted: [] } as const;

/** An authority, and when it was read (milliseconds since the epoch). */
interface Recent {
  authority: Authority;
  at: number;
  /** There was none: it was made up, and nobody has read it from its Secret yet. */
  isMade: boolean;
}

/** The authorities of the watched namespaces; their keys are in the operator's namespace, which clinics cannot read. */
export class Authorities {
  readonly #operatorNamespace: string;
  /** One read at a time for each namespace: two objects that find none would each create one. */
  readonly #pending = new Map<string, Promise<Authority>>();
  readonly #latest = new Map<string, Recent>();

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
    const reading = this.#readAndKeep(namespace, context).finally(() => this.#pending.delete(namespace));
    this.#pending.set(namespace, reading);
    return reading;
  }

  /** What {@link of} found last, and when; nothing is asked. */
  latest(namespace: string): Recent | undefined {
    return this.#latest.get(namespace);
  }

  async #readAndKeep(namespace: string, context: NamespaceContext): Promise<Authority> {
    const key = { namespace: this.#operatorNamespace, name: Authorities.secretName(namespace) };
    const found = await context.live.get<Secret>(secrets, key);
    const authority = await this.#judge(key, found, namespace, context);
    this.#latest.set(namespace, { authority, at: context.now(), isMade: found === undefined });
    return authority;
  }

  async #judge(
    key: ObjectKey,
    found: Secret | undefined,
    namespace: string,
    context: NamespaceContext,
  ): Promise<Authority> {
    if (found !== undefined && readAuthority(found, context.now()) === undefined) return damaged(found);
    const remembered = this.latest(namespace)?.authority.bundle ?? '';
    const lastTrusted = found === undefined ? await trustedIn(namespace, context, remembered) : undefined;
    const isKnown = (state: AuthorityState): boolean => isKnownToAll(bundleOf(state), namespace, context);
    const afterLoss = { isKnown, volumesMs: VOLUMES_MS, latestMs: LATEST_MS };
    const rotation = { key, name: `careplane ${namespace}`, lastTrusted, afterLoss, ...NAMESPACE_TIMING };
    return rotateAuthority(found, rotation, context);
  }
}

const PROVIDERS: readonly ResourceType[] = [encryptedStores, messageBrokers];

/** The Secrets by which anybody in the namespace trusts an authority: of the servers, of the services, and their bindings. */
function trustingSecrets(
  namespace: string,
  { cache }: Pick<NamespaceContext, 'cache'>,
): { own: string[]; children: Secret[] } {
  const ofServers = PROVIDERS.flatMap((type) => cache.list(type, namespace)).map(({ metadata }) =>
    certificateSecretName(metadata.name),
  );
  const ofServices = cache
    .list(healthcareServices, namespace)
    .map(({ metadata }) => identitySecretName(metadata.name));
  const children = PROVIDERS.flatMap(({ kind }) =>
    cache.list(secrets, namespace, { [KIND_LABEL]: kind.toLowerCase() }),
  );
  return { own: [...ofServers, ...ofServices], children };
}

/** Whether every client's Secret that exists holds this bundle, as the cache knows it. */
function isKnownToAll(bundle: string, namespace: string, context: NamespaceContext): boolean {
  const digest = trustDigest(bundle);
  const { own, children } = trustingSecrets(namespace, context);
  const found = own.map((name) => context.cache.get(secrets, { namespace, name }));
  return (
    found.every((secret) => secret === undefined || trustOf(secret) === digest) &&
    children.every((secret) => [undefined, digest].includes(trustOf(secret)))
  );
}

/**
 * PEM of the authorities that anybody in the namespace trusts: the servers by their own Secrets, the services by their bindings.
 * One of them is enough. `undefined` when there are none.
 * @param remembered what was trusted at the last look: a Secret with it may be on its way
 */
async function trustedIn(
  namespace: string,
  context: NamespaceContext,
  remembered: string,
): Promise<string | undefined> {
  const { own, children } = trustingSecrets(namespace, context);
  const names = new Set([...own, ...children.map(({ metadata }) => metadata.name)]);
  const bundles = await Promise.all(
    [...names].map(
      async (name) =>
        secretText(await context.live.get<Secret>(secrets, { namespace, name }), 'ca.crt') ?? '',
    ),
  );
  const certificates = bundles.flatMap(certificatesIn);
  if (certificates.length === 0) return undefined;
  return [...new Set([...certificates, ...certificatesIn(remembered)]), ''].join('\n');
}

function damaged(secret: Secret): Authority {
  const { namespace = '', name } = secret.metadata;
  const problem = `Secret ${namespace}/${name} holds no usable certificate authority: restore it, or delete it to get a new one`;
  const bundle = secretText(secret, 'ca.crt') ?? secretText(secret, 'tls.crt') ?? '';
  return { current: undefined, next: undefined, bundle, problem };
}
