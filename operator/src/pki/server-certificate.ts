import type { Child, Secret } from '../k8s/types.ts';
import { secrets } from '../k8s/types.ts';
import type { Context, JudgedCondition } from '../runtime/controller.ts';
import { describe } from '../runtime/errors.ts';
import type { Authorities, Authority } from './authority.ts';
import { issueCertificate, type KeyPair, type LeafRequest } from './certificate.ts';
import { CertificatesValid } from './conditions.ts';
import { judgePair, type PairJudgement } from './renewal.ts';
import { secretText, toData } from './secret-data.ts';
import { fingerprintOf } from './served-certificate.ts';

/** The certificate of one store, broker or stack, as it shall be from now on. */
export interface ServerCertificate {
  /** `undefined` when there is neither an old nor a new one. */
  pair: KeyPair | undefined;
  /** Certificates that clients are to trust, PEM. */
  bundle: string;
  /**
   * Changes when there was no usable certificate before this one. Renewals are taken up by the running servers; only a server
   * that has an expired one has to be started anew, since nobody can safely talk to it: pods are rolled by this.
   */
  epoch: string;
  /** The condition `CertificatesValid`. */
  condition: JudgedCondition;
}

/** Name of the Secret with an object's certificate. */
export function certificateSecretName(name: string): string {
  return `${name}-tls`;
}

/**
 * Reads the object's certificate and makes a new one where that is due. Nothing is written: the plan applies it. When a new one
 * cannot be made, the last good one stays, and the condition says what to do.
 */
export async function observeCertificate(
  authorities: Authorities,
  request: LeafRequest & { namespace: string },
  context: Pick<Context, 'live' | 'apply' | 'now'>,
): Promise<ServerCertificate> {
  const { namespace, name } = request;
  const authority = await authorities.of(namespace, context);
  const secret = await context.live.get<Secret>(secrets, { namespace, name: certificateSecretName(name) });
  const pair = pairOf(secret);
  const judgement = judgePair(pair, request, authority.pair?.certificate, context.now());
  const epoch = secretText(secret, EPOCH) ?? '';
  const known = { pair: judgement.isUsable ? pair : undefined, bundle: bundleOf(authority, secret), epoch };
  const renew = judgement.renew ?? reasonOfBundle(known.bundle, secret);
  if (renew === undefined) return { ...known, condition: conditionOf(judgement, authority.problem) };
  try {
    if (authority.pair === undefined) throw new Error(authority.problem ?? 'there is no authority');
    const renewed = await issueCertificate(authority.pair, request, context.now());
    const { expires } = judgePair(renewed, request, authority.pair.certificate, context.now());
    return {
      pair: renewed,
      bundle: authority.bundle,
      epoch: judgement.isUsable ? epoch : fingerprintOf(renewed.certificate),
      condition: conditionOf({ ...judgement, isUsable: true, expires }, undefined),
    };
  } catch (error) {
    const problem = `a new certificate is due (${renew}) and cannot be made: ${describe(error)}`;
    return { ...known, condition: conditionOf(judgement, problem) };
  }
}

/** Without any certificate nothing can be planned, and planning nothing would remove what runs. @throws with the condition's message */
export function usableCertificate(certificate: ServerCertificate): ServerCertificate & { pair: KeyPair } {
  const { pair } = certificate;
  if (pair === undefined) throw new Error(certificate.condition.message);
  return { ...certificate, pair };
}

/** The Secret that the pods mount. `server.pem` is what mongod reads: certificate and key in one file. */
export function certificateSecret(
  name: string,
  { pair, bundle, epoch }: Pick<ServerCertificate, 'bundle' | 'epoch'> & { pair: KeyPair },
): Child {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/tls',
    metadata: { name: certificateSecretName(name) },
    data: toData({
      'tls.crt': pair.certificate,
      'tls.key': pair.key,
      'ca.crt': bundle,
      'server.pem': pair.certificate + pair.key,
      [EPOCH]: epoch,
    }),
  };
}

/** Entry of the Secret with {@link ServerCertificate.epoch}. */
const EPOCH = 'epoch';

/**
 * Other authorities to trust come with a new certificate: files of one Secret are swapped together and read together, so a
 * server that shows this certificate is known to have the authorities as well.
 */
function reasonOfBundle(bundle: string, secret: Secret | undefined): string | undefined {
  return secretText(secret, 'ca.crt') === bundle ? undefined : 'the trusted authorities are other ones';
}

function pairOf(secret: Secret | undefined): KeyPair | undefined {
  const certificate = secretText(secret, 'tls.crt');
  const key = secretText(secret, 'tls.key');
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

/** A damaged authority must not take from clients what they trusted. */
function bundleOf(authority: Authority, secret: Secret | undefined): string {
  return authority.problem === undefined
    ? authority.bundle
    : (secretText(secret, 'ca.crt') ?? authority.bundle);
}

function conditionOf({ isUsable, expires }: PairJudgement, problem: string | undefined): JudgedCondition {
  const until = expires === undefined ? '' : new Date(expires).toISOString().slice(0, 10);
  if (!isUsable)
    return CertificatesValid.because('NoCertificate', problem ?? 'there is no usable certificate');
  if (problem === undefined)
    return CertificatesValid.because('Valid', `valid until ${until}, renewed before`);
  return CertificatesValid.because('RenewalFailed', `${problem}; the present one is valid until ${until}`);
}
