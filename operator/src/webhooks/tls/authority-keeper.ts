import { secrets, type Secret } from '../../k8s/types.ts';
import { createAuthority, issueCertificate, type KeyPair, type LeafRequest } from '../../pki/certificate.ts';
import { judgePair } from '../../pki/renewal.ts';
import { secretText, toData } from '../../pki/secret-data.ts';
import type { KubeClient } from '../../runtime/client/client.ts';
import type { Logger } from '../../runtime/controller.ts';
import type { AnyObject, ObjectKey } from '../../runtime/kube.ts';
import {
  afterStep,
  bundleOf,
  nextStep,
  readState,
  stateData,
  type AuthorityState,
} from './authority-state.ts';
import { servingPair } from './serving-pair.ts';

/** Secret with the authorities, which only the leader reads. */
export function authoritySecretName(service: string): string {
  return `${service}-ca`;
}

/** Secret with what every replica serves. */
export function servedSecretName(service: string): string {
  return `${service}-tls`;
}

/** Any new value asks for another authority: `kubectl annotate secret careplane-webhook-ca careplane.dev/rotate=<today>`. */
export const ROTATE_ANNOTATION = 'careplane.dev/rotate';

export interface KeeperOptions {
  /** Fenced by the lease. */
  client: KubeClient;
  /** The operator's own. */
  namespace: string;
  /** What the Secrets are named after. */
  service: string;
  /** Names and addresses by which the API server calls us. */
  leaf: LeafRequest;
  /** See Circumstances.overlapMs. */
  overlapMs: number;
  now: () => number;
  log: Logger;
  signal: AbortSignal;
}

/** Looks after the authorities and the certificate of the webhooks: the leader's part. */
export class AuthorityKeeper {
  readonly #options: KeeperOptions;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /**
   * Brings both Secrets to what they shall be and returns what the API server is to trust (PEM).
   * @param registered what it trusts now, at each place; empty while it calls nobody
   */
  async keep(registered: readonly string[]): Promise<string> {
    const { client, namespace, service, now, signal } = this.#options;
    const read = (name: string): Promise<Secret | undefined> =>
      client.get(secrets, { namespace, name }, { signal });
    const kept = await read(authoritySecretName(service));
    const served = await read(servedSecretName(service));
    const before = readState(kept, secretText(served, 'ca.crt'), now());
    const state = await this.#advance(before, {
      registered,
      wish: kept?.metadata.annotations?.[ROTATE_ANNOTATION],
      isServed: 'pair' in servingPair(served, now()),
    });
    if (state !== before) await this.#write(authoritySecretName(service), stateData(state));
    await this.#keepCertificate(state, served);
    return bundleOf(state);
  }

  async #advance(
    state: AuthorityState,
    known: { registered: readonly string[]; wish: string | undefined; isServed: boolean },
  ): Promise<AuthorityState> {
    const { overlapMs, log } = this.#options;
    const now = this.#options.now();
    const step = nextStep(state, { ...known, now, overlapMs });
    if (step === undefined) return state;
    log.info('the authority of the webhooks changes', { step });
    const made = step === 'introduce' ? await createAuthority('careplane webhooks', now) : undefined;
    return this.#advance(afterStep(state, step, { now, wish: known.wish, made }), known);
  }

  async #keepCertificate(state: AuthorityState, served: Secret | undefined): Promise<void> {
    const pair = await this.#certificateFor(state, pairIn(served));
    const bundle = bundleOf(state);
    if (pair === undefined) return;
    const isWritten =
      secretText(served, 'tls.crt') === pair.certificate && secretText(served, 'ca.crt') === bundle;
    if (isWritten) return;
    const data = toData({ 'tls.crt': pair.certificate, 'tls.key': pair.key, 'ca.crt': bundle });
    await this.#write(servedSecretName(this.#options.service), data);
  }

  /** The pair that there is, or a new one where that is due and there is who signs it. */
  async #certificateFor(
    { current }: AuthorityState,
    pair: KeyPair | undefined,
  ): Promise<KeyPair | undefined> {
    const { leaf, log } = this.#options;
    const now = this.#options.now();
    const { renew } = judgePair(pair, leaf, current?.certificate, now);
    if (renew === undefined || current === undefined) return pair;
    log.info('the certificate of the webhooks is renewed', { reason: renew });
    return issueCertificate(current, leaf, now);
  }

  async #write(name: string, data: Record<string, string>): Promise<void> {
    const { client, namespace, signal } = this.#options;
    await client.apply(secretOf({ namespace, name }, data), { signal, metadataOnly: true });
  }
}

function pairIn(secret: Secret | undefined): KeyPair | undefined {
  const certificate = secretText(secret, 'tls.crt');
  const key = secretText(secret, 'tls.key');
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

function secretOf({ namespace = '', name }: ObjectKey, data: Record<string, string>): AnyObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: {
      namespace,
      name,
      labels: { 'app.kubernetes.io/part-of': 'careplane', 'app.kubernetes.io/managed-by': 'careplane' },
    },
    data,
  };
}
