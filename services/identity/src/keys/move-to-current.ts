import type { Collection } from '@careplane/kit';
import type { AccountRecord } from '../accounts/account.ts';
import { loginKey } from '../accounts/login-key.ts';
import type { AppRecord } from '../apps/apps.ts';
import { seal, unsealAny } from './seal.ts';
import type { IdentitySecrets } from './secrets.ts';

export interface MoveParts {
  readonly accounts: Collection<AccountRecord>;
  readonly apps: Collection<AppRecord>;
  readonly secrets: IdentitySecrets;
  readonly signal: AbortSignal;
}

const BATCH = 200;

/**
 * Brings accounts and apps under the current keys after a key was replaced, a batch at a time; what the former keys open stays
 * usable meanwhile. Run by several replicas at once it does the same twice. @returns false when it was ended before its end
 */
export async function moveToCurrentKeys(parts: MoveParts): Promise<boolean> {
  let after = '';
  while (!parts.signal.aborted) {
    const batch = await parts.accounts.find({ _id: { $gt: after } }, { sort: { _id: 1 }, limit: BATCH });
    for (const account of batch) await moveAccount(parts, account);
    const last = batch.at(-1);
    if (!last) break;
    after = last._id;
  }
  for (const app of await parts.apps.find({ sealedSecret: { $exists: true } })) await moveApp(parts, app);
  return !parts.signal.aborted;
}

async function moveAccount({ accounts, secrets }: MoveParts, account: AccountRecord): Promise<void> {
  const { _id, sealedAddress, secondFactor } = account;
  const changes: Record<string, unknown> = {};
  if (sealedAddress !== undefined) {
    const context = `careplane-identity/address/${_id}`;
    const address = await unsealAny(secrets.sealingKeys, context, sealedAddress);
    changes['sealedAddress'] = await seal(secrets.sealingKey, context, address);
    changes['loginKey'] = loginKey(secrets.lookupKey, address);
  }
  const totp = secondFactor?.totp;
  if (totp) {
    const context = `careplane-identity/totp/${_id}`;
    const secret = await unsealAny(secrets.sealingKeys, context, totp.sealed);
    changes['secondFactor.totp.sealed'] = await seal(secrets.sealingKey, context, secret);
  }
  if (Object.keys(changes).length === 0) return;
  // Only if nothing of it has changed meanwhile: an address or an app that is replaced is under the current key anyway.
  const same = {
    _id,
    ...(sealedAddress === undefined ? {} : { sealedAddress }),
    ...(totp ? { 'secondFactor.totp.sealed': totp.sealed } : {}),
  };
  await accounts.updateOne(same, { $set: changes });
}

async function moveApp({ apps, secrets }: MoveParts, { _id, sealedSecret }: AppRecord): Promise<void> {
  if (sealedSecret === undefined) return;
  const context = `careplane-identity/app-secret/${_id}`;
  const secret = await unsealAny(secrets.sealingKeys, context, sealedSecret);
  await apps.updateOne(
    { _id, sealedSecret },
    { $set: { sealedSecret: await seal(secrets.sealingKey, context, secret) } },
  );
}
