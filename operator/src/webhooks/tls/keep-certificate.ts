import { secretText } from '../../k8s/secret-data.ts';
import { secrets, type Secret } from '../../k8s/types.ts';
import { rotateAuthority, signerFor, type AuthorityContext } from '../../pki/authority.ts';
import { DAY_MS, issueCertificate, LEAF_DAYS, type LeafRequest } from '../../pki/certificate.ts';
import { checkPair } from '../../pki/renewal.ts';
import { pairIn, tlsSecret } from '../../pki/tls-secret.ts';
import type { KubeClient } from '../../runtime/client/client.ts';
import type { Logger } from '../../runtime/controller.ts';

/** Secret with what every replica serves. */
export function servedSecretName(service: string): string {
  return `${service}-tls`;
}

export interface KeepOptions {
  /** Fenced by the lease. */
  client: KubeClient;
  /** The operator's own. */
  namespace: string;
  /** What the Secrets are named after. */
  service: string;
  /** Names and addresses by which the API server calls us. */
  leaf: LeafRequest;
  /** Milliseconds for which the next authority is trusted before it signs: API servers learn of it by their watches. */
  overlapMs: number;
  now: () => number;
  log: Logger;
  signal: AbortSignal;
}

/** Keeps the Secrets of the authority and the certificate up to date; returns the bundle to trust, given those `registered`. */
export async function keepCertificate(registered: readonly string[], options: KeepOptions): Promise<string> {
  const { namespace, service, leaf, overlapMs, log } = options;
  const context = contextOf(options);
  const read = (name: string): Promise<Secret | undefined> => context.live.get(secrets, { namespace, name });
  const served = await read(servedSecretName(service));
  const rotation = {
    key: { namespace, name: `${service}-ca` },
    name: 'careplane webhooks',
    lastTrusted: secretText(served, 'ca.crt'),
    trusted: registered,
    overlapMs,
    // As long as a certificate that it signed can be served.
    retireMs: LEAF_DAYS * DAY_MS,
  };
  const authority = await rotateAuthority(await read(rotation.key.name), rotation, context);
  let pair = pairIn(served);
  const { isUsable, renew } = checkPair(pair, leaf, authority.current?.certificate, context.now());
  const signer = signerFor(authority, isUsable);
  if (renew !== undefined && signer !== undefined) {
    log.info('the certificate of the webhooks is renewed', { reason: renew });
    pair = await issueCertificate(signer, leaf, context.now());
  }
  const isWritten =
    secretText(served, 'tls.crt') === pair?.certificate && secretText(served, 'ca.crt') === authority.bundle;
  if (pair !== undefined && !isWritten)
    await context.apply(tlsSecret({ namespace, name: servedSecretName(service) }, pair, authority.bundle));
  return authority.bundle;
}

function contextOf({ client, signal, now, log }: KeepOptions): AuthorityContext {
  return {
    live: { get: (type, key) => client.get(type, key, { signal }) },
    apply: (object) => client.apply(object, { signal, metadataOnly: true }),
    now,
    log,
  };
}
