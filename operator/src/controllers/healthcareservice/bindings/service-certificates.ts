import { X509Certificate } from 'node:crypto';
import { GROUP } from '../../../api/group.ts';
import type { HealthcareService } from '../../../api/healthcareservice.ts';
import { serviceHost, shortHost } from '../../../k8s/dns-names.ts';
import { textSecret } from '../../../k8s/secret-data.ts';
import { secrets, type Child } from '../../../k8s/types.ts';
import { spiffeId } from '../../../names/service-names.ts';
import type { Authorities, Authority, NamespaceContext } from '../../../pki/authority.ts';
import { DAY_MS } from '../../../pki/certificate.ts';
import { renewalTime } from '../../../pki/renewal.ts';
import {
  observeCertificate,
  usableCertificate,
  type CertificateRequest,
  type ServerCertificate,
} from '../../../pki/server-certificate.ts';
import { identitySecretName } from '../../../pki/tls-secret.ts';
import { digest } from '../../../runtime/apply/digest.ts';
import { Turns } from './turns.ts';

/** The certificate by which a service is known, and when to look at it again. */
export type ServiceCertificate = Pick<ServerCertificate, 'bundle' | 'condition'> & {
  pair: NonNullable<ServerCertificate['pair']>;
  /** Tells it from others, in the metadata of its Secret, which are cached. `undefined` while somebody still asks for another one. */
  mark: string | undefined;
  /** Milliseconds since the epoch. */
  lookAgainAt: number;
};

/** Short, since nothing revokes a certificate; renewed after two thirds of it. */
const LIFETIME_MS = DAY_MS;

/** How long an authority that was read is good for other services, in milliseconds. */
const FRESH_MS = 10_000;

/** How soon one that cannot sign is looked at again, in milliseconds. */
const BRIEFLY = 60_000;

/** Holds {@link ServiceCertificate.mark}. Whoever takes it away asks for another certificate. */
const CERTIFICATE_ANNOTATION = `${GROUP}/certificate`;

interface Known {
  certificate: Omit<ServiceCertificate, 'lookAgainAt'>;
  /** Of what was asked for: other names need another certificate. */
  request: string;
  /** The authorities that it was judged by. */
  authorities: string;
  /** When another one is due, in milliseconds since the epoch. */
  due: number;
  /** When the service is the one to look at the authority, in milliseconds since the epoch. */
  turn: number;
}

/** The certificates of the services, each read once and then kept in memory until its renewal or a change of the authorities. */
export class ServiceCertificates {
  readonly #authorities: Pick<Authorities, 'of' | 'latest'>;
  readonly #clusterDomain: string;
  readonly #known = new Map<string, Known>();
  readonly #turns = new Turns();

  constructor(authorities: Pick<Authorities, 'of' | 'latest'>, clusterDomain: string) {
    this.#authorities = authorities;
    this.#clusterDomain = clusterDomain;
  }

  /** @throws DependencyDown with the condition while there is no usable one */
  async of(service: HealthcareService, context: NamespaceContext): Promise<ServiceCertificate> {
    const request = certificateRequest(service, this.#clusterDomain);
    const { namespace, name } = request;
    const id = `${namespace}/${name}`;
    const wanted = digest(request);
    const last = this.#known.get(id);
    const turn = await this.#takeTurn(last, namespace, context);
    const isSame = last?.request === wanted && this.#isCurrent(last, request, context);
    const known = isSame
      ? { ...last, turn }
      : { ...(await this.#make(request, context)), request: wanted, turn };
    this.#known.set(id, known);
    return { ...known.certificate, lookAgainAt: Math.min(known.due, turn) };
  }

  /** When the service looks at the authority again. If it is to look now, it does, and the others hear of what it finds. */
  async #takeTurn(last: Known | undefined, namespace: string, context: NamespaceContext): Promise<number> {
    const now = context.now();
    if (last !== undefined && now < last.turn) return last.turn;
    if (last !== undefined) await this.#authority(namespace, context);
    return this.#turns.take(namespace, now);
  }

  #isCurrent(
    known: Known,
    request: { namespace: string; secret: string },
    context: NamespaceContext,
  ): boolean {
    const trusted = this.#authorities.latest(request.namespace)?.authority.bundle;
    return context.now() < known.due && known.authorities === trusted && isHeld(known, request, context);
  }

  async #make(
    request: CertificateRequest & { secret: string },
    context: NamespaceContext,
  ): Promise<Pick<Known, 'certificate' | 'authorities' | 'due'>> {
    this.#forgetPast(context.now());
    const authority = await this.#authority(request.namespace, context);
    const givenUp = isGivenUp(request, context) ? 'somebody asks for it' : undefined;
    const { pair, bundle, condition } = usableCertificate(
      await observeCertificate({ of: () => Promise.resolve(authority) }, { ...request, givenUp }, context),
    );
    const isGood = condition.status === 'True';
    const isAskedFor = givenUp !== undefined && !isGood;
    const mark = isAskedFor ? undefined : digest({ certificate: pair.certificate, bundle });
    const due = isGood ? renewalTime(new X509Certificate(pair.certificate)) : context.now() + BRIEFLY;
    return { certificate: { pair, bundle, condition, mark }, authorities: authority.bundle, due };
  }

  #authority(namespace: string, context: NamespaceContext): Promise<Authority> {
    const latest = this.#authorities.latest(namespace);
    const isFresh = latest !== undefined && !latest.isMade && context.now() - latest.at < FRESH_MS;
    return isFresh ? Promise.resolve(latest.authority) : this.#authorities.of(namespace, context);
  }

  /** Services that are gone are looked at no more. */
  #forgetPast(now: number): void {
    for (const [id, { due }] of this.#known) if (now >= due + LIFETIME_MS) this.#known.delete(id);
  }
}

/** What the certificate of a service says. */
function certificateRequest(
  { metadata, spec }: HealthcareService,
  clusterDomain: string,
): CertificateRequest & { secret: string } {
  const { name, namespace = '' } = metadata;
  const host = serviceHost(name, { namespace, clusterDomain });
  const outside = spec.http?.tls?.hosts ?? [];
  return {
    namespace,
    name,
    secret: identitySecretName(name),
    isOfClient: true,
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

/** Whether somebody has taken the mark away from the Secret: its key may be known to others. */
function isGivenUp(
  { namespace, secret }: { namespace: string; secret: string },
  { cache }: NamespaceContext,
): boolean {
  const held = cache.get(secrets, { namespace, name: secret });
  return held !== undefined && held.metadata.annotations?.[CERTIFICATE_ANNOTATION] === undefined;
}

/** The Secret that the pods mount as part of the binding `internal`. */
export function identitySecret(
  { metadata }: HealthcareService,
  { pair, bundle, mark }: ServiceCertificate,
): Child {
  return textSecret(
    identitySecretName(metadata.name),
    { 'tls.crt': pair.certificate, 'tls.key': pair.key, 'ca.crt': bundle },
    {
      type: 'kubernetes.io/tls',
      annotations: mark === undefined ? {} : { [CERTIFICATE_ANNOTATION]: mark },
    },
  );
}
