import type { Cache, Collection } from '@careplane/kit';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { AccountRecord, Passkey } from '../accounts/account.ts';
import { seal, unsealAny } from '../keys/seal.ts';
import type { IdentitySecrets } from '../keys/secrets.ts';
import { looksLikeRecoveryCode, newRecoveryCodes, recoveryHash } from './recovery-codes.ts';
import { newTotpSecret, totpStep } from './totp.ts';

/** Second factors of accounts. */
export interface SecondFactors {
  /** Whether a code (of the app, or a recovery code) is right; it is used up. `limited`: too many tries. */
  check(account: AccountRecord, code: string): Promise<'right' | 'wrong' | 'limited'>;
  newSecret(): string;
  /** Sets up the app when the code shows that it has the secret. @returns recovery codes, shown this once */
  enrol(accountId: string, secret: string, proof: EnrolProof): Promise<string[] | undefined>;
  newCodes(accountId: string): Promise<string[]>;
  remove(accountId: string): Promise<void>;
  addPasskey(accountId: string, passkey: Passkey): Promise<void>;
  removePasskey(accountId: string, passkeyId: string): Promise<void>;
  byPasskey(passkeyId: string): Promise<{ account: AccountRecord; passkey: Passkey } | undefined>;
  /** @returns false when the counter has gone back: the key was copied */
  countPasskey(accountId: string, passkeyId: string, counter: number): Promise<boolean>;
}

/** `isFirst`: it counts only while the account has no second factor. */
export interface EnrolProof {
  readonly code: string;
  readonly isFirst: boolean;
}

export interface SecondFactorsOptions {
  readonly accounts: Collection<AccountRecord>;
  readonly secrets: IdentitySecrets;
  readonly cache: Cache;
}

/** Six digits, three steps at once: five tries in five minutes are a chance of 1 in 66,000. */
const TRIES = { points: 5, duration: 300 } as const;

const NO_FACTOR = {
  'secondFactor.totp': { $exists: false },
  'secondFactor.passkeys.0': { $exists: false },
};

export function createSecondFactors({ accounts, secrets, cache }: SecondFactorsOptions): SecondFactors {
  const shared = { ...TRIES, keyPrefix: `${cache.keyPrefix}second-factor` };
  const insuranceLimiter = new RateLimiterMemory(shared);
  const tries = new RateLimiterRedis({ ...shared, storeClient: cache.client, insuranceLimiter });

  async function isRight(account: AccountRecord, code: string): Promise<boolean> {
    const { totp } = account.secondFactor ?? {};
    if (looksLikeRecoveryCode(code)) return takeRecoveryCode(accounts, account._id, code);
    if (!totp) return false;
    const secret = await unsealAny(secrets.sealingKeys, contextOf(account._id), totp.sealed);
    const step = totpStep(secret, code.replace(/\s/g, ''));
    return step !== undefined && (await takeStep(accounts, account._id, step));
  }

  return {
    async check(account, code) {
      try {
        await tries.consume(account._id);
      } catch (error) {
        if (error instanceof RateLimiterRes) return 'limited';
        throw error;
      }
      if (!(await isRight(account, code))) return 'wrong';
      await tries.delete(account._id);
      return 'right';
    },
    newSecret: newTotpSecret,
    async enrol(accountId, secret, { code, isFirst }): Promise<string[] | undefined> {
      const step = totpStep(secret, code.replace(/\s/g, ''));
      if (step === undefined) return undefined;
      const codes = newRecoveryCodes();
      const sealed = await seal(secrets.sealingKey, contextOf(accountId), secret);
      const { matchedCount } = await accounts.updateOne(
        { _id: accountId, ...(isFirst ? NO_FACTOR : {}) },
        {
          $set: {
            'secondFactor.totp': { sealed, lastStep: step },
            'secondFactor.recovery': codes.map(recoveryHash),
          },
        },
      );
      return matchedCount === 1 ? codes : undefined;
    },
    async newCodes(accountId): Promise<string[]> {
      const codes = newRecoveryCodes();
      await accounts.updateOne(
        { _id: accountId },
        { $set: { 'secondFactor.recovery': codes.map(recoveryHash) } },
      );
      return codes;
    },
    async remove(accountId): Promise<void> {
      await accounts.updateOne({ _id: accountId }, { $unset: { secondFactor: '' } });
    },
    async addPasskey(accountId, passkey): Promise<void> {
      await accounts.updateOne({ _id: accountId }, { $push: { 'secondFactor.passkeys': passkey } });
    },
    async removePasskey(accountId, passkeyId): Promise<void> {
      await accounts.updateOne({ _id: accountId }, { $pull: { 'secondFactor.passkeys': { id: passkeyId } } });
    },
    async byPasskey(passkeyId) {
      const account = await accounts.findOne({ 'secondFactor.passkeys.id': passkeyId });
      const passkey = account?.secondFactor?.passkeys?.find(({ id }) => id === passkeyId);
      return account && passkey ? { account, passkey } : undefined;
    },
    async countPasskey(accountId, passkeyId, counter): Promise<boolean> {
      // Passkeys that are synchronised count nothing: always 0.
      const was = counter === 0 ? 0 : { $lt: counter };
      const { matchedCount } = await accounts.updateOne(
        { _id: accountId, 'secondFactor.passkeys': { $elemMatch: { id: passkeyId, counter: was } } },
        { $set: { 'secondFactor.passkeys.$.counter': counter } },
      );
      return matchedCount === 1;
    },
  };
}

/** Takes a time step, once: of two log-ins at the same moment with one code the second is refused. */
async function takeStep(accounts: Collection<AccountRecord>, _id: string, step: number): Promise<boolean> {
  const { matchedCount } = await accounts.updateOne(
    { _id, 'secondFactor.totp.lastStep': { $lt: step } },
    { $set: { 'secondFactor.totp.lastStep': step } },
  );
  return matchedCount === 1;
}

async function takeRecoveryCode(
  accounts: Collection<AccountRecord>,
  _id: string,
  code: string,
): Promise<boolean> {
  const hash = recoveryHash(code);
  const { matchedCount } = await accounts.updateOne(
    { _id, 'secondFactor.recovery': hash },
    { $pull: { 'secondFactor.recovery': hash } },
  );
  return matchedCount === 1;
}

/** Whether an account has something to prove beside its password. */
export function hasSecondFactor({ secondFactor }: AccountRecord): boolean {
  return secondFactor?.totp !== undefined || (secondFactor?.passkeys?.length ?? 0) > 0;
}

function contextOf(accountId: string): string {
  return `careplane-identity/totp/${accountId}`;
}
