import { X509Certificate } from 'node:crypto';
import { GROUP } from '../../../api/group.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { serviceHost, shortHost } from '../../../k8s/dns-names.ts';
import { textSecret } from '../../../k8s/secret-data.ts';
import { secrets, type Child } from '../../../k8s/types.ts';
import { spiffeId } from '../../../names/service-names.ts';
import type { Authorities, Authority, NamespaceContext } from '../../../pki/authority.ts';
import { DAY_MS, type LeafRequest } from '../../../pki/certificate.ts';
import { renewalTime } from '../../../pki/renewal.ts';
import {
  observeCertificate,
  usableCertificate,
  type ServerCertificate,
} from '../../../pki/server-certificate.ts';
import { identitySecretName } from '../../../pki/tls-secret.ts';
import { digest } from '../../../runtime/apply/digest.ts';

/** The certificate by which a service is known, and when to look at it again. */
export type ServiceCertificate = Pick<ServerCertificate, 'bundle' | 'condition'> & {
  pair: NonNullable<ServerCertificate['pair']>;
  /** Tells it from others, in the metadata of its Secret, which are cached. */
  mark: string;
  /** Milliseconds since the epoch. */
  lookAgainAt: number;
};

/** Short, since nothing revokes a certificate; renewed after two thirds of it. */
const LIFETIME_MS = DAY_MS;

/** How long an authority that was read is good for other services, and how soon one that cannot sign is looked at again (milliseconds). */
const BRIEFLY = 60_000;

/** Holds {@link ServiceCertificate.mark}. Whoever takes it away asks for another certificate. */
const CERTIFICATE_ANNOTATION = `${GROUP}/certificate`;

interface Known {
  certificate: ServiceCertificate;
  /** Of what was asked for: other names need another certificate. */
  request: string;
}

/** The certificates of the services, each read once and then kept in memory until its renewal: a reconcile costs no request. */
export class ServiceCertificates {
  readonly #authorities: Pick<Authorities, 'of'>;
  readonly #clusterDomain: string;
  readonly #known = new Map<string, Known>();
  readonly #signers = new Map<string, { authority: Promise<Authority>; until: number }>();

  constructor(authorities: Pick<Authorities, 'of'>, clusterDomain: string) {
    this.#authorities = authorities;
    this.#clusterDomain = clusterDomain;
  }

  /** @throws with the condition's message while there is no usable one */
  async of(service: HealthcareService, context: NamespaceContext): Promise<ServiceCertificate> {
    const request = certificateRequest(service, this.#clusterDomain);
    const { namespace, name } = request;
    const id = `${namespace}/${name}`;
    const now = context.now();
    const wanted = digest(request);
    const known = this.#known.get(id);
    if (known?.request === wanted && now < known.certificate.lookAgainAt && isHeld(known, request, context))
      return known.certificate;
    const authorities = { of: () => this.#authority(namespace, context) };
    const { pair, bundle, condition } = usableCertificate(
      await observeCertificate(authorities, request, withoutGivenUp(request, context)),
    );
    const isGood = condition.status === 'True';
    const due = renewalTime(new X509Certificate(pair.certificate));
    const mark = digest({ certificate: pair.certificate, bundle });
    const certificate = { pair, bundle, condition, mark, lookAgainAt: isGood ? due : now + BRIEFLY };
    this.#forgetPast(now);
    this.#known.set(id, { certificate, request: wanted });
    return certificate;
  }

  #authority(namespace: string, context: NamespaceContext): Promise<Authority> {
    const now = context.now();
    const recent = this.#signers.get(namespace);
    if (recent !== undefined && now < recent.until) return recent.authority;
    const authority = this.#authorities.of(namespace, context);
    this.#signers.set(namespace, { authority, until: now + BRIEFLY });
    // What failed is asked again by the next one.
    authority.catch(() => this.#signers.delete(namespace));
    return authority;
  }

  /** Services that are gone are looked at no more. */
  #forgetPast(now: number): void {
    for (const [id, { certificate }] of this.#known)
      if (now >= certificate.lookAgainAt + LIFETIME_MS) this.#known.delete(id);
  }
}

/** What the certificate of a service says. */
function certificateRequest(
  { metadata, spec }: HealthcareService,
  clusterDomain: string,
): LeafRequest & { namespace: string; secret: string } {
  const { name, namespace = '' } = metadata;
  const host = serviceHost(name, { namespace, clusterDomain });
  const outside = spec.http?.tls?.hosts ?? [];
  return {
    namespace,
    name,
    secret: identitySecretName(name),
    dnsNames: [host, shortHost(host, clusterDomain), `${name}.${namespace}`, name, ...outside.filter(isName)],
    ipAddresses: outside.filter((address) => !isName(address)),
    uris: [spiffeId({ service: name, namespace, trustDomain: clusterDomain })],
    lifetimeMs: LIFETIME_MS,
  };
}

/** `spec.http.tls.hosts` are DNS names, whose last label is no number, and IPv4 addresses. */
function isName(host: string): boolean {
  return !/(^|\.)\d+$/.test(host);
}

/** Whether the Secret is the remembered one, or none, which is then made of it. */
function isHeld(
  { certificate }: Known,
  { namespace, secret }: { namespace: string; secret: string },
  { cache }: NamespaceContext,
): boolean {
  const held = cache.get(secrets, { namespace, name: secret });
  return held === undefined || held.metadata.annotations?.[CERTIFICATE_ANNOTATION] === certificate.mark;
}

/** The API server as if the Secret were not there, where somebody has taken its mark away: its key may be known to others. */
function withoutGivenUp(
  { namespace, secret }: { namespace: string; secret: string },
  context: NamespaceContext,
): NamespaceContext {
  const held = context.cache.get(secrets, { namespace, name: secret });
  if (held === undefined || held.metadata.annotations?.[CERTIFICATE_ANNOTATION] !== undefined) return context;
  const { live } = context;
  return {
    ...context,
    live: {
      get: async (type, key) => (key.name === secret ? undefined : await live.get(type, key)),
    },
  };
}

/** The Secret that the pods mount as part of the binding `internal`. */
export function identitySecret(
  { metadata }: HealthcareService,
  { pair, bundle, mark }: ServiceCertificate,
): Child {
  return textSecret(
    identitySecretName(metadata.name),
    { 'tls.crt': pair.certificate, 'tls.key': pair.key, 'ca.crt': bundle },
    { type: 'kubernetes.io/tls', annotations: { [CERTIFICATE_ANNOTATION]: mark } },
  );
}
