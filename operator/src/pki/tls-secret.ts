import { secretText, toData } from '../k8s/secret-data.ts';
import type { Secret } from '../k8s/types.ts';
import type { AnyObject, ObjectKey } from '../runtime/kube.ts';
import type { KeyPair } from './certificate.ts';

const PART_OF_CAREPLANE = {
  'app.kubernetes.io/part-of': 'careplane',
  'app.kubernetes.io/managed-by': 'careplane',
};

/** Name of the Secret with an object's certificate. */
export function certificateSecretName(name: string): string {
  return `${name}-tls`;
}

/** Name of the Secret with the certificate of a service, as those of its bindings: no store that a service uses is named `internal`. */
export function identitySecretName(service: string): string {
  return `${service}.internal`;
}

/** A `kubernetes.io/tls` Secret of the operator's own, for server-side apply. `bundle`: the authorities to trust, PEM. */
export function tlsSecret(
  key: ObjectKey,
  pair: KeyPair | undefined,
  bundle: string,
  more: Readonly<Record<string, string>> = {},
): AnyObject & { data: Record<string, string> } {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { ...key, labels: PART_OF_CAREPLANE },
    data: toData({
      'tls.crt': pair?.certificate ?? '',
      'tls.key': pair?.key ?? '',
      'ca.crt': bundle,
      ...more,
    }),
  };
}

/** Certificate and key of a `kubernetes.io/tls` Secret; `undefined` when one of them is missing. */
export function pairIn(secret: Secret | undefined, prefix: 'tls' | 'next' = 'tls'): KeyPair | undefined {
  const certificate = secretText(secret, `${prefix}.crt`);
  const key = secretText(secret, `${prefix}.key`);
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}
