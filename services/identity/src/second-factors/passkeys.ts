import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { verifySignature } from '@simplewebauthn/server/helpers';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { AccountRecord } from '../accounts/account.ts';
import type { Moments } from './moments.ts';
import type { SecondFactors } from './second-factors.ts';

/** Passkeys (WebAuthn). `key` names the page that asks: an answer fits only the question of that page, once. */
export interface Passkeys {
  /** Browsers know passkeys for names, not for IP addresses. */
  readonly isPossible: boolean;
  /** Options for `navigator.credentials.create`, as JSON. */
  askForNew(key: string, account: AccountRecord, name: string): Promise<string>;
  /** Keeps the passkey when the answer is good and no account has the passkey (WebAuthn 7.1: ids of credentials are unique). */
  add(
    key: string,
    account: AccountRecord,
    answer: { json: string; label: string },
  ): Promise<'added' | 'refused' | 'taken'>;
  /** Options for `navigator.credentials.get`. */
  ask(key: string, account?: AccountRecord): Promise<string>;
  /** The account whose passkey has answered. */
  check(key: string, json: string): Promise<AccountRecord | undefined>;
}

export interface PasskeysOptions {
  readonly publicUrl: string;
  readonly moments: Moments;
  readonly factors: SecondFactors;
}

const TIMEOUT_S = 600;

export function createPasskeys({ publicUrl, moments, factors }: PasskeysOptions): Passkeys {
  const rpID = new URL(publicUrl).hostname;
  const momentOf = (key: string): string => `passkey:${key}`;
  return {
    isPossible: isIP(rpID.replace(/[[\]]/g, '')) === 0,
    async askForNew(key, account, name): Promise<string> {
      const options = await generateRegistrationOptions({
        rpName: 'Careplane',
        rpID,
        userName: name,
        userID: new TextEncoder().encode(account._id),
        attestationType: 'none',
        excludeCredentials: passkeysOf(account),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
      });
      await moments.save(momentOf(key), { challenge: options.challenge }, TIMEOUT_S);
      return JSON.stringify(options);
    },
    async add(key, account, { json, label }) {
      const response = parse(json) as RegistrationResponseJSON | undefined;
      const moment = (await moments.take(momentOf(key))) as { challenge: string } | undefined;
      if (!response || !moment) return 'refused';
      try {
        const { verified, registrationInfo } = await verifyRegistrationResponse({
          response,
          expectedChallenge: moment.challenge,
          expectedOrigin: publicUrl,
          expectedRPID: rpID,
          requireUserVerification: true,
        });
        if (!verified) return 'refused';
        const { id, publicKey, counter, transports = [] } = registrationInfo.credential;
        await requireKey(publicKey);
        const stored = Buffer.from(publicKey).toString('base64url');
        const made = { id, publicKey: stored, counter, transports, label, createdAt: new Date() };
        return (await factors.addPasskey(account._id, made)) ? 'added' : 'taken';
      } catch (error) {
        if (isRefusal(error)) return 'refused';
        throw error;
      }
    },
    async ask(key, account): Promise<string> {
      const options = await generateAuthenticationOptions({
        rpID,
        userVerification: 'required',
        ...(account ? { allowCredentials: passkeysOf(account) } : {}),
      });
      await moments.save(momentOf(key), { challenge: options.challenge, nonce: randomUUID() }, TIMEOUT_S);
      return JSON.stringify(options);
    },
    async check(key, json): Promise<AccountRecord | undefined> {
      const response = parse(json) as AuthenticationResponseJSON | undefined;
      const moment = (await moments.take(momentOf(key))) as { challenge: string } | undefined;
      const found = response && (await factors.byPasskey(response.id));
      if (!found || !moment) return undefined;
      const { account, passkey } = found;
      const { id, publicKey, counter } = passkey;
      try {
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          response,
          expectedChallenge: moment.challenge,
          expectedOrigin: publicUrl,
          expectedRPID: rpID,
          requireUserVerification: true,
          credential: { id, publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')), counter },
        });
        const counts =
          verified && (await factors.countPasskey(account._id, id, authenticationInfo.newCounter));
        return counts ? account : undefined;
      } catch (error) {
        if (isRefusal(error)) return undefined;
        throw error;
      }
    },
  };
}

function passkeysOf({ secondFactor }: AccountRecord): { id: string }[] {
  return (secondFactor?.passkeys ?? []).map(({ id }) => ({ id }));
}

function parse(json: string): { id: string } | undefined {
  try {
    const value = JSON.parse(json) as { id?: unknown } | null;
    return typeof value?.id === 'string' ? (value as { id: string }) : undefined;
  } catch {
    return undefined;
  }
}

/** A signature in DER of the numbers 1 and 1. */
const ANY_SIGNATURE = new Uint8Array([0x30, 0x06, 0x02, 0x01, 0x01, 0x02, 0x01, 0x01]);

/** Without attestation nobody has used the key yet: one that can verify nothing would be found out at the log-in. @throws DataError */
async function requireKey(credentialPublicKey: Uint8Array<ArrayBuffer>): Promise<void> {
  await verifySignature({ signature: ANY_SIGNATURE, data: new Uint8Array(), credentialPublicKey });
}

/** The library says what is wrong with an answer by plain errors, Web Crypto what is wrong with a key; errors of stores have names of their own. */
const REFUSALS = new Set([
  'Error',
  'TypeError',
  'SyntaxError',
  'RangeError',
  'DataError',
  'NotSupportedError',
  'OperationError',
]);

function isRefusal(error: unknown): boolean {
  return Error.isError(error) && REFUSALS.has(error.name);
}
