import { X509Certificate } from 'node:crypto';
import type { Context } from '../runtime/controller.ts';
import { secrets, type Secret } from '../controllers/healthcareservice/kubernetes.ts';
import { createAuthority, type KeyPair } from './certificate.ts';
import { secretText, toData } from './secretData.ts';

/** The authority of one watched namespace. */
export interface Authority {
  /** `undefined` when the Secret that holds it cannot be used; `problem` says why. */
  pair: KeyPair | undefined;
  problem: string | undefined;
  /** PEM of all certificates that are to be trusted. One today; old and new while an authority is replaced. */
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
    if (found !== undefined) return readAuthority(found);
    const pair = await createAuthority(`careplane ${namespace}`, context.now());
    await context.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: {
        ...key,
        labels: { 'app.kubernetes.io/part-of': 'careplane', 'app.kubernetes.io/managed-by': 'careplane' },
      },
      data: toData({ 'tls.crt': pair.certificate, 'tls.key': pair.key, 'ca.crt': pair.certificate }),
    });
    return { pair, problem: undefined, bundle: pair.certificate };
  }
}

function readAuthority(secret: Secret): Authority {
  const certificate = secretText(secret, 'tls.crt') ?? '';
  const key = secretText(secret, 'tls.key') ?? '';
  const bundle = secretText(secret, 'ca.crt') ?? certificate;
  const { namespace = '', name } = secret.metadata;
  if (key !== '' && isAuthority(certificate))
    return { pair: { certificate, key }, problem: undefined, bundle };
  const problem = `Secret ${namespace}/${name} holds no usable certificate authority: restore it, or delete it to get a new one`;
  return { pair: undefined, problem, bundle };
}

function isAuthority(certificate: string): boolean {
  try {
    return new X509Certificate(certificate).ca;
  } catch {
    // Not a certificate at all: the caller reports it.
    return false;
  }
}
