import { isDuplicateKey } from '@careplane/kit';
import type { Collection } from '@careplane/kit';
import type { AccountRecord } from '../accounts/account.ts';
import { ADMIN } from '../accounts/admin-account.ts';
import { isCurrent, loginKeys } from '../accounts/login-key.ts';
import type { AppRecord } from '../apps/apps.ts';
import { openAny, seal } from './seal.ts';
import { isLasting } from './secrets.ts';
import type { IdentitySecrets } from './secrets.ts';

export interface MoveParts {
  readonly accounts: Collection<AccountRecord>;
  readonly apps: Collection<AppRecord>;
  readonly secrets: IdentitySecrets;
  readonly signal: AbortSignal;
}

/** What a pass over accounts or apps has found. */
export interface MoveReport {
  /** How many were brought under the current keys. */
  moved: number;
  /** With a value that no key opens; it stays as it is. */
  readonly unreadable: string[];
  /** Accounts whose address has another account under the current lookup key. */
  readonly doubled: string[];
  /** Accounts of former releases without their address: under the current lookup key from their next log-in on. */
  readonly waiting: string[];
}

/** In the order in which they count for an account that has several values. */
const OUTCOMES = ['current', 'moved', 'waiting', 'doubled', 'unreadable'] as const;
type Outcome = (typeof OUTCOMES)[number];

const BATCH = 200;
const FIELDS = { loginKey: 1, sealedAddress: 1, 'secondFactor.totp': 1 } as const;

/**
 * Brings accounts and apps under the current keys after a key was replaced, a batch at a time; what the former keys open stays
 * usable meanwhile, and what none opens is passed over. Run by several replicas at once it does the same twice.
 * @returns undefined when it was ended before its end
 */
export async function moveToCurrentKeys(
  parts: MoveParts,
): Promise<{ readonly accounts: MoveReport; readonly apps: MoveReport } | undefined> {
  const [accounts, apps] = [emptyReport(), emptyReport()];
  for (let after = ''; !parts.signal.aborted;) {
    const options = { sort: { _id: 1 }, limit: BATCH, projection: FIELDS } as const;
    const batch = await parts.accounts.find({ _id: { $gt: after } }, options);
    for (const account of batch) count(accounts, account._id, await moveAccount(parts, account));
    const last = batch.at(-1);
    if (!last) break;
    after = last._id;
  }
  for (const app of await parts.apps.find({ sealedSecret: { $exists: true } }))
    count(apps, app._id, await moveApp(parts, app));
  return parts.signal.aborted ? undefined : { accounts, apps };
}

function emptyReport(): MoveReport {
  return { moved: 0, unreadable: [], doubled: [], waiting: [] };
}

function count(report: MoveReport, id: string, outcome: Outcome): void {
  if (outcome === 'moved') report.moved += 1;
  else if (outcome !== 'current') report[outcome].push(id);
}

async function moveAccount(parts: MoveParts, account: AccountRecord): Promise<Outcome> {
  const outcomes = [await moveAddress(parts, account), await moveTotp(parts, account)];
  return OUTCOMES.findLast((outcome) => outcomes.includes(outcome)) ?? 'current';
}

/** The address and the login key that is made from it. */
async function moveAddress({ accounts, secrets }: MoveParts, account: AccountRecord): Promise<Outcome> {
  const { _id, sealedAddress } = account;
  if (sealedAddress === undefined) return _id === ADMIN ? 'current' : 'waiting';
  const context = `careplane-identity/address/${_id}`;
  const opened = await openAny(secrets.sealingKeys, context, sealedAddress);
  if (!opened) return 'unreadable';
  const isFound = isCurrent(account.loginKey, secrets.nameKeys, opened.text);
  const isSealed = isLasting(secrets, opened.place);
  if (isSealed && isFound) return 'current';
  const key = isFound ? account.loginKey : loginKeys(secrets.nameKeys, opened.text);
  const sealed = isSealed ? sealedAddress : await seal(secrets.sealingKey, context, opened.text);
  // Only if it has not changed meanwhile: an address that is replaced is under the current keys anyway.
  const same = { _id, sealedAddress };
  try {
    await accounts.updateOne(same, { $set: { sealedAddress: sealed, loginKey: key } });
    return 'moved';
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    await accounts.updateOne(same, { $set: { sealedAddress: sealed } });
    return 'doubled';
  }
}

async function moveTotp(
  { accounts, secrets }: MoveParts,
  { _id, secondFactor }: AccountRecord,
): Promise<Outcome> {
  const sealed = secondFactor?.totp?.sealed;
  return moveSealed(secrets, { context: `careplane-identity/totp/${_id}`, sealed }, async (moved) => {
    const same = { _id, ...(sealed === undefined ? {} : { 'secondFactor.totp.sealed': sealed }) };
    await accounts.updateOne(same, { $set: { 'secondFactor.totp.sealed': moved } });
  });
}

async function moveApp({ apps, secrets }: MoveParts, { _id, sealedSecret }: AppRecord): Promise<Outcome> {
  const value = { context: `careplane-identity/app-secret/${_id}`, sealed: sealedSecret };
  return moveSealed(secrets, value, async (moved) => {
    const same = { _id, ...(sealedSecret === undefined ? {} : { sealedSecret }) };
    await apps.updateOne(same, { $set: { sealedSecret: moved } });
  });
}

async function moveSealed(
  secrets: IdentitySecrets,
  { context, sealed }: { context: string; sealed: string | undefined },
  write: (moved: string) => Promise<void>,
): Promise<Outcome> {
  if (sealed === undefined) return 'current';
  const opened = await openAny(secrets.sealingKeys, context, sealed);
  if (!opened) return 'unreadable';
  if (isLasting(secrets, opened.place)) return 'current';
  await write(await seal(secrets.sealingKey, context, opened.text));
  return 'moved';
}
