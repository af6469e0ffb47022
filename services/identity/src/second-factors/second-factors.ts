import { createHash } from 'node:crypto';
import { isDuplicateKey, withTransaction } from '@careplane/kit';
import type {
  AuditAgent,
  AuditTrail,
  Cache,
  Collection,
  Mongo,
  SecurityEventKind,
  Transaction,
} from '@careplane/kit';
import { RateLimiterRes } from 'rate-limiter-flexible';
import type { AccountRecord, Passkey } from '../accounts/account.ts';
import { createLimiter } from '../accounts/limiter.ts';
import type { NoticeKind } from '../accounts/messages.ts';
import type { Notices } from '../accounts/notices.ts';
import { seal, unsealAny } from '../keys/seal.ts';
import type { IdentitySecrets } from '../keys/secrets.ts';
import { accountEvent } from '../trail/account-event.ts';
import { looksLikeRecoveryCode, newRecoveryCodes, recoveryHash } from './recovery-codes.ts';
import { newTotpSecret, totpStep } from './totp.ts';

/** Second factors of accounts. The owner hears of each change by mail, and it commits with its entry of the audit. */
export interface SecondFactors {
  /** Whether a code (of the app, or a recovery code) is right; it is used up. `limited`: too many tries. */
  check(account: AccountRecord, code: string): Promise<'right' | 'wrong' | 'limited'>;
  newSecret(): string;
  /** Sets up the app when the code shows that it has the secret. @returns recovery codes, shown this once */
  enrol(accountId: string, secret: string, proof: EnrolProof): Promise<string[] | undefined>;
  newCodes(accountId: string): Promise<string[]>;
  remove(accountId: string): Promise<void>;
  /** Removes all of it for an owner who has lost it, with what else the transaction does. @returns false when there is no such account */
  reset(accountId: string, by: AuditAgent, also: (tx: Transaction) => Promise<void>): Promise<boolean>;
  /** @returns false when the passkey is this account's already, or another one's */
  addPasskey(accountId: string, passkey: Passkey): Promise<boolean>;
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
  readonly mongo: Mongo;
  readonly accounts: Collection<AccountRecord>;
  readonly notices: Notices;
  readonly audit: AuditTrail;
  readonly secrets: IdentitySecrets;
  readonly cache: Cache;
}

/** Six digits, three steps at once: five tries in five minutes are a chance of 1 in 66,000. */
const TRIES = { points: 5, duration: 300 } as const;

const NO_FACTOR = {
  'secondFactor.totp': { $exists: false },
  'secondFactor.passkeys.0': { $exists: false },
};

export function createSecondFactors(options: SecondFactorsOptions): SecondFactors {
  const { accounts, secrets, cache } = options;
  const tries = createLimiter(cache, { ...TRIES, name: 'second-factor' });
  const change = changer(options);

  async function isRight(account: AccountRecord, code: string): Promise<boolean> {
    const { totp } = account.secondFactor ?? {};
    if (looksLikeRecoveryCode(code)) {
      const hash = recoveryHash(code);
      const update = { $pull: { 'secondFactor.recovery': hash } };
      return change({ _id: account._id, 'secondFactor.recovery': hash }, update, {
        notice: 'recovery-code-used',
        event: 'recovery-code-used',
      });
    }
    if (!totp) return false;
    const secret = await unsealAny(secrets.sealingKeys, contextOf(account._id), totp.sealed);
    const step = totpStep(secret, code.replace(/\s/g, ''));
    return step !== undefined && (await takeStep(accounts, account._id, step));
  }

  return {
    async check(account, code) {
      const who = createHash('sha256').update(account._id).digest('base64url');
      try {
        await tries.consume(who);
      } catch (error) {
        if (error instanceof RateLimiterRes) return 'limited';
        throw error;
      }
      if (!(await isRight(account, code))) return 'wrong';
      await tries.delete(who);
      return 'right';
    },
    newSecret: newTotpSecret,
    async enrol(accountId, secret, { code, isFirst }): Promise<string[] | undefined> {
      const step = totpStep(secret, code.replace(/\s/g, ''));
      if (step === undefined) return undefined;
      const codes = newRecoveryCodes();
      const sealed = await seal(secrets.sealingKey, contextOf(accountId), secret);
      const update = {
        $set: {
          'secondFactor.totp': { sealed, lastStep: step },
          'secondFactor.recovery': codes.map(recoveryHash),
        },
      };
      const isDone = await change({ _id: accountId, ...(isFirst ? NO_FACTOR : {}) }, update, {
        notice: 'second-factor-added',
        event: 'second-factor-added',
      });
      return isDone ? codes : undefined;
    },
    async newCodes(accountId): Promise<string[]> {
      const codes = newRecoveryCodes();
      const update = { $set: { 'secondFactor.recovery': codes.map(recoveryHash) } };
      await change({ _id: accountId }, update, {
        notice: 'recovery-codes-new',
        event: 'recovery-codes-made',
      });
      return codes;
    },
    async remove(accountId): Promise<void> {
      const told = { notice: 'second-factor-removed', event: 'second-factor-removed' } as const;
      await change({ _id: accountId }, { $unset: { secondFactor: '' } }, told);
    },
    async reset(accountId, by, also): Promise<boolean> {
      const told = { notice: 'second-factor-reset', event: 'second-factor-reset', by, also } as const;
      return change({ _id: accountId }, { $unset: { secondFactor: '' } }, told);
    },
    async addPasskey(accountId, passkey): Promise<boolean> {
      const without = { _id: accountId, 'secondFactor.passkeys.id': { $ne: passkey.id } };
      const update = { $push: { 'secondFactor.passkeys': passkey } };
      try {
        return await change(without, update, { notice: 'second-factor-added', event: 'passkey-added' });
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    async removePasskey(accountId, id): Promise<void> {
      const update = { $pull: { 'secondFactor.passkeys': { id } } };
      const told = { notice: 'second-factor-removed', event: 'passkey-removed' } as const;
      await change({ _id: accountId, 'secondFactor.passkeys.id': id }, update, told);
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

/** Who is told of a change: its owner by mail, the audit by an entry. */
interface Told {
  readonly notice: NoticeKind;
  readonly event: SecurityEventKind;
  /** Default: the owner. */
  readonly by?: AuditAgent;
  /** What else the transaction does. */
  readonly also?: (tx: Transaction) => Promise<void>;
}

type Change = (
  filter: Parameters<Collection<AccountRecord>['findOneAndUpdate']>[0],
  update: Parameters<Collection<AccountRecord>['findOneAndUpdate']>[1],
  told: Told,
) => Promise<boolean>;

/** Changes an account, tells its owner and records it: all or nothing. @returns false when no account matches */
function changer({ mongo, accounts, audit, notices }: SecondFactorsOptions): Change {
  return (filter, update, { notice, event, by, also }) =>
    withTransaction(mongo, async (tx) => {
      const account = await accounts.findOneAndUpdate(filter, update, tx);
      if (account) {
        await notices.tell(account, notice, tx);
        await audit.add(tx, [accountEvent(event, account, { by })]);
        await also?.(tx);
      }
      return account !== null;
    });
}

/** Takes a time step, once: of two log-ins at the same moment with one code the second is refused. */
async function takeStep(accounts: Collection<AccountRecord>, _id: string, step: number): Promise<boolean> {
  const { matchedCount } = await accounts.updateOne(
    { _id, 'secondFactor.totp.lastStep': { $lt: step } },
    { $set: { 'secondFactor.totp.lastStep': step } },
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
