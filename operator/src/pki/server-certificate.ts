import { secretText, textSecret } from '../k8s/secret-data.ts';
import { secrets, type Child, type Secret } from '../k8s/types.ts';
import { DependencyDown, type JudgedCondition } from '../runtime/controller.ts';
import { describe } from '../runtime/errors.ts';
import {
  signerFor,
  signsFrom,
  type Authorities,
  type Authority,
  type NamespaceContext,
} from './authority.ts';
import { issueCertificate, type KeyPair, type LeafRequest } from './certificate.ts';
import { CertificatesValid } from './conditions.ts';
import { checkPair, type PairCheck } from './renewal.ts';
import { fingerprintOf } from './served-certificate.ts';
import { certificateSecretName, pairIn } from './tls-secret.ts';

/** The certificate of one store, broker or stack from now on. */
export interface ServerCertificate {
  /** `undefined` when there is neither an old nor a new one. */
  pair: KeyPair | undefined;
  /** Certificates that clients are to trust, PEM. */
  bundle: string;
  /** Changes when there was no usable certificate before, and rolls the pods: a server with an expired one cannot be called. */
  epoch: string;
  /**
   * Since when every Secret holds an authority that no new certificate came with (milliseconds since the epoch): what a server
   * shows says nothing of it.
   */
  trustSince?: number;
  /** The condition `CertificatesValid`. */
  condition: JudgedCondition;
}

/** Whose certificate, and where it is kept. */
export interface CertificateRequest extends LeafRequest {
  namespace: string;
  /** Name of the Secret; that of a server when absent. */
  secret?: string;
  /** It is one of a client, too: the next authority, which servers may not trust yet, never signs it. */
  isOfClient?: boolean;
  /** Why another one is wanted though it is good. */
  givenUp?: string | undefined;
}

/**
 * Reads the object's certificate and makes a new one where that is due. Nothing is written: the plan applies it. When a new one
 * cannot be made, the last good one stays, and the condition says what to do.
 */
export async function observeCertificate(
  authorities: Pick<Authorities, 'of'>,
  request: CertificateRequest,
  context: NamespaceContext,
): Promise<ServerCertificate> {
  const { namespace, name, secret: secretName = certificateSecretName(name) } = request;
  const secret = await context.live.get<Secret>(secrets, { namespace, name: secretName });
  const authority = await authorities.of(namespace, context);
  const pair = pairIn(secret);
  const now = context.now();
  const check = checkPair(pair, request, authority.current?.certificate, now);
  const known = { pair: check.isUsable ? pair : undefined, ...knownOf(secret, authority, now) };
  const due = check.renew ?? request.givenUp;
  const renew = due ?? reasonOfBundle(known.bundle, secret);
  const signer = signerOf(authority, check, request);
  if (renew === undefined || signer === undefined)
    return { ...known, condition: unchanged(check, authority, due) };
  try {
    const renewed = await issueCertificate(signer, request, now);
    const { expires } = checkPair(renewed, request, signer.certificate, now);
    return {
      pair: renewed,
      bundle: authority.bundle,
      epoch: check.isUsable ? known.epoch : fingerprintOf(renewed.certificate),
      condition: conditionOf({ ...check, isUsable: true, expires }, undefined),
    };
  } catch (error) {
    return { ...known, condition: conditionOf(check, cannotRenew(renew, describe(error))) };
  }
}

function signerOf(
  authority: Authority,
  { isUsable }: PairCheck,
  { isOfClient = false }: CertificateRequest,
): KeyPair | undefined {
  return signerFor(authority, isUsable || isOfClient);
}

/** What stays as long as no new certificate is made. */
function knownOf(
  secret: Secret | undefined,
  authority: Authority,
  now: number,
): Pick<ServerCertificate, 'bundle' | 'epoch' | 'trustSince'> {
  const epoch = secretText(secret, EPOCH) ?? '';
  return { bundle: bundleOf(authority, secret), epoch, ...trustSince(authority, now) };
}

/** The condition when no new certificate is made, due or not. */
function unchanged(check: PairCheck, authority: Authority, due: string | undefined): JudgedCondition {
  const from = signsFrom(authority);
  if (due === undefined || from === undefined) return conditionOf(check, problemOf(authority, due));
  const time = new Date(from).toISOString().slice(0, 16);
  const why = `the authority that everybody trusts is gone, and the next one signs once all have learnt of it, at ${time}Z at the latest`;
  if (!check.isUsable || check.lacks === undefined)
    return CertificatesValid.because('SignerPending', `another certificate is due (${due}): ${why}`);
  return CertificatesValid.because('NamesPending', `the certificate lacks ${check.lacks}: ${why}`);
}

function problemOf({ problem }: Authority, renew: string | undefined): string | undefined {
  return renew === undefined || problem === undefined ? problem : cannotRenew(renew, problem);
}

function cannotRenew(reason: string, problem: string): string {
  return `a new certificate is due (${reason}) and cannot be made: ${problem}`;
}

/** Without any certificate nothing can be planned, and planning nothing would remove what runs. @throws with the condition's message */
export function usableCertificate(certificate: ServerCertificate): ServerCertificate & { pair: KeyPair } {
  const { pair, condition } = certificate;
  if (pair === undefined) throw new DependencyDown('the certificate authority', condition);
  return { ...certificate, pair };
}

/** The Secret that the pods mount. `server.pem` is what mongod reads: certificate and key in one file. */
export function certificateSecret(
  name: string,
  { pair, bundle, epoch }: Pick<ServerCertificate, 'bundle' | 'epoch'> & { pair: KeyPair },
): Child {
  const texts = {
    'tls.crt': pair.certificate,
    'tls.key': pair.key,
    'ca.crt': bundle,
    'server.pem': pair.certificate + pair.key,
    [EPOCH]: epoch,
  };
  return textSecret(certificateSecretName(name), texts, { type: 'kubernetes.io/tls' });
}

/** Entry of the Secret with {@link ServerCertificate.epoch}. */
const EPOCH = 'epoch';

/** New authorities need a new certificate: a server that shows it has read the authorities of the same Secret, too. */
function reasonOfBundle(bundle: string, secret: Secret | undefined): string | undefined {
  return secretText(secret, 'ca.crt') === bundle ? undefined : 'the trusted authorities are other ones';
}

/** While an authority can sign, a change of those that are trusted comes with a new certificate. */
function trustSince({ current, next }: Authority, now: number): { trustSince?: number } {
  return current === undefined && next !== undefined ? { trustSince: next.known ?? now } : {};
}

/** A damaged authority leaves the bundle of the clients as it is. */
function bundleOf(authority: Authority, secret: Secret | undefined): string {
  return authority.problem === undefined
    ? authority.bundle
    : (secretText(secret, 'ca.crt') ?? authority.bundle);
}

function conditionOf({ isUsable, expires }: PairCheck, problem: string | undefined): JudgedCondition {
  const until = expires === undefined ? '' : new Date(expires).toISOString().slice(0, 10);
  if (!isUsable)
    return CertificatesValid.because('NoCertificate', problem ?? 'there is no usable certificate');
  if (problem === undefined)
    return CertificatesValid.because('Valid', `valid until ${until}, renewed before`);
  return CertificatesValid.because('RenewalFailed', `${problem}; the present one is valid until ${until}`);
}
