import type { AuditTrail, Logger, Mongo, Outbox, Transaction } from '@careplane/kit';
import type { AccountRecord } from '../accounts/account.ts';
import type { TokenRecord } from '../accounts/account-tokens.ts';
import type { IdentityConfig } from '../config.ts';
import type { FactsParts } from '../access-facts/facts.ts';
import { Erasures } from './erasures.ts';
import { LegalHolds } from './legal-holds.ts';
import type { ErasureOperations } from './operations.ts';
import { erasureProofs } from './proofs.ts';
import { accountOfPatient, removePatient } from './remove-patient.ts';

export { cacheAnchor } from './anchor.ts';
export { erasureHandlers } from './events.ts';
export { compareAnchor, keepErasing } from './keep-erasing.ts';
export { erasureOperations } from './operations.ts';
export type { ErasureOperations } from './operations.ts';
export { erasureCollections } from './records.ts';

export interface ErasureOptions {
  readonly mongo: Mongo;
  readonly outbox: Outbox;
  readonly audit: Pick<AuditTrail, 'add'>;
  readonly facts: FactsParts;
  readonly logger: Pick<Logger, 'error'>;
  /** See `erasureProofs`. */
  readonly proofKeys: readonly Buffer[];
  readonly config: Pick<
    IdentityConfig,
    'ERASURE_GRACE_HOURS' | 'ERASURE_SERVICES' | 'ERASURE_TELL_AGAIN_MS' | 'DATA_KEY_MAX_AGE_MS'
  >;
}

const HOUR_MS = 3_600_000;

/** Erasures and legal holds; their collections must be declared. */
export function createErasures(options: ErasureOptions): ErasureOperations {
  const { mongo, outbox, audit, facts, logger, config } = options;
  const accounts = mongo.collection<AccountRecord>('accounts');
  const tokens = mongo.collection<TokenRecord>('account_tokens');
  const remove = async (patientId: string, tx: Transaction): Promise<readonly string[]> => {
    await removePatient({ mongo, facts }, patientId, tx);
    const account = await accountOfPatient(accounts, patientId, tx);
    if (!account) return [];
    await tokens.deleteMany({ accountId: account._id }, tx);
    await accounts.deleteMany({ _id: account._id }, tx);
    await facts.endings.end('account', account._id, tx);
    return [account._id];
  };
  const holds = new LegalHolds(mongo);
  const erasures = new Erasures({
    mongo,
    outbox,
    audit,
    holds,
    remove,
    logger,
    proofs: erasureProofs(options.proofKeys),
    recordsOf: (patientId) => facts.persons.merges.allOf(patientId),
    services: config.ERASURE_SERVICES,
    graceMs: config.ERASURE_GRACE_HOURS * HOUR_MS,
    settleMs: config.DATA_KEY_MAX_AGE_MS,
    tellAgainMs: config.ERASURE_TELL_AGAIN_MS,
  });
  return { erasures, holds };
}
