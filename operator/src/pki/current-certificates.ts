import { X509Certificate } from 'node:crypto';
import type { JudgedCondition, Outcome } from '../runtime/controller.ts';
import { describe } from '../runtime/errors.ts';
import { CertificatesCurrent } from './conditions.ts';
import { fingerprintOf, servedFingerprint, type TlsAddress } from './served-certificate.ts';

/** A server of a store or a broker. */
export interface TlsMember extends TlsAddress {
  /** Of its pod, for people. */
  name: string;
}

export interface CertificateRound {
  /** PEM of the certificate that every member is to show. */
  wanted: string;
  members: readonly TlsMember[];
  /** Makes a member read its files again; absent where it does so by itself. */
  reload?: (member: TlsMember) => Promise<void>;
  /** See ServerCertificate.trustSince: members read their files again at every look, whatever they show. */
  trustSince?: number | undefined;
  /** Milliseconds since the epoch. */
  now: number;
  /** Once aborted, no other member is asked or made to reload. */
  signal?: AbortSignal;
}

export interface CertificateReport {
  /** The condition `CertificatesCurrent`. */
  condition: JudgedCondition;
  /** A member is behind: look again soon. */
  isMoving: boolean;
}

/** `CertificatesCurrent` as long as no member can be asked. */
export const UNASKED = CertificatesCurrent.because('Waiting', 'members are asked when they are up');

/** Milliseconds until members that are behind are asked again. */
const MOVING = 5_000;

/** What `act` has found, with what was found of the certificates. */
export function withCertificates<O extends Pick<Outcome, 'conditions' | 'requeueAfterMs'>>(
  outcome: O,
  { condition, isMoving }: CertificateReport,
): O {
  const { conditions = [], requeueAfterMs } = outcome;
  const again = isMoving ? { requeueAfterMs: Math.min(requeueAfterMs ?? MOVING, MOVING) } : {};
  return { ...outcome, conditions: [...conditions, condition], ...again };
}

/** A member that shows another certificate, and what is known of the reason. */
interface Behind {
  name: string;
  problem: string | undefined;
}

/** kubelet updates a volume within two minutes, and a broker reads its files every half minute. */
const PATIENCE_MS = 15 * 60_000;
/** By then volumes have the new authorities. */
const VOLUME_MS = 3 * 60_000;

/**
 * Makes every member show the wanted certificate and trust the wanted authorities, by asking and reloading. One whose volume is
 * behind is asked again later; one that cannot read the new pair keeps the old one. @throws the signal's reason
 */
export async function convergeCertificates(round: CertificateRound): Promise<CertificateReport> {
  const fingerprint = fingerprintOf(round.wanted);
  const behind: Behind[] = [];
  for (const member of round.members) {
    const found = await bringUp(member, fingerprint, round);
    // An abort is not the member's fault.
    round.signal?.throwIfAborted();
    if (found !== undefined) behind.push(found);
  }
  const isTrustNew = round.trustSince !== undefined && round.now - round.trustSince < VOLUME_MS;
  const condition = isTrustNew && behind.length === 0 ? TRUST_MOVES : conditionOf(behind, ageOf(round));
  return { condition, isMoving: isTrustNew || behind.length > 0 };
}

/** Only the volume's delay is waited for: nothing shows which authorities a member trusts. */
const TRUST_MOVES = CertificatesCurrent.because(
  'Reloading',
  'another authority is trusted now: members read it again until their volumes have it, within three minutes',
);

async function bringUp(
  member: TlsMember,
  wanted: string,
  { reload, trustSince }: Pick<CertificateRound, 'reload' | 'trustSince'>,
): Promise<Behind | undefined> {
  const { name } = member;
  try {
    const isShown = (await servedFingerprint(member)) === wanted;
    if (isShown && trustSince === undefined) return undefined;
    if (reload === undefined) return isShown ? undefined : { name, problem: undefined };
    await reload(member);
    return (await servedFingerprint(member)) === wanted ? undefined : { name, problem: undefined };
  } catch (error) {
    return { name, problem: describe(error) };
  }
}

/** Milliseconds since the wanted certificate was made. */
function ageOf({ wanted, now }: CertificateRound): number {
  return now - Date.parse(new X509Certificate(wanted).validFrom);
}

function conditionOf(behind: readonly Behind[], age: number): JudgedCondition {
  if (behind.length === 0)
    return CertificatesCurrent.because('Current', 'every running member shows the certificate of its Secret');
  const who = behind.map(({ name, problem }) => (problem === undefined ? name : `${name} (${problem})`));
  const what = `not yet with the renewed certificate: ${who.join(', ')}`;
  if (age <= PATIENCE_MS)
    return CertificatesCurrent.because('Reloading', `${what}; its volume follows within two minutes`);
  const message = `${what}; the one it has goes on until it expires: delete the pod, one at a time, to make it read the new one`;
  return CertificatesCurrent.because('Late', message);
}
