import { createHash } from 'node:crypto';
import { isDuplicateKey, withTransaction } from '@careplane/kit';
import type {
  Access,
  AuditTrail,
  Collection,
  CollectionSpec,
  Mongo,
  SecurityEventKind,
  Transaction,
} from '@careplane/kit';
import { errors, Provider } from 'oidc-provider';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { AccountRecord } from '../accounts/account.ts';
import { accountEvent } from '../trail/account-event.ts';
import { ENDPOINTS } from './endpoints.ts';
import { grantMark } from './endings.ts';
import type { Endings } from './endings.ts';
import { onDatabase } from './storage-away.ts';

/** A grant, code or refresh token. The value itself is not stored: a copy of the database lets nobody in. */
export interface ArtifactRecord {
  /** `<model>:<SHA-256 of the value>`. */
  readonly _id: string;
  readonly model: string;
  /** The payload of oidc-provider as JSON, without the value: keys in it may be URLs. */
  readonly payload: string;
  /** Of a code: the payload of the grant that was written with it. Whoever revokes a grant removes its codes, too. */
  readonly grant?: string;
  /** All tokens of one authorization: they are revoked together. */
  readonly grantId?: string;
  readonly accountId?: string;
  readonly clientId?: string;
  readonly sessionUid?: string;
  /** It outlives the session (`offline_access`). */
  readonly offline: boolean;
  readonly consumedAt?: Date;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export const artifactCollections: CollectionSpec[] = [
  {
    name: 'oidc_artifacts',
    indexes: [
      { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 60 },
      { key: { grantId: 1 }, name: 'grant' },
      { key: { accountId: 1 }, name: 'account' },
      { key: { sessionUid: 1 }, name: 'session' },
      { key: { clientId: 1 }, name: 'client' },
    ],
  },
];

/** Grants of requests, which are written with the code. */
const withCode = new WeakMap<object, ArtifactRecord | undefined>();

/** The grant that this request makes is written with the code that it makes, in one write: without a code there is no use for it. */
export function saveGrantWithCode(ctx: object): void {
  withCode.set(ctx, undefined);
}

/** Grants that a request has read with their code. */
const readWithCode = new WeakMap<object, ArtifactRecord>();

export interface ArtifactParts {
  readonly mongo: Mongo;
  readonly records: Collection<ArtifactRecord>;
  readonly accounts: Collection<AccountRecord>;
  readonly endings: Endings;
  readonly audit: AuditTrail;
}

/** Why a grant ends, by the endpoint at which it does. At the others it ends with a log-out, which is recorded itself. */
const REVOKED_AT: Readonly<Record<string, SecurityEventKind>> = {
  [ENDPOINTS.revocation]: 'scopes-withdrawn',
  [ENDPOINTS.token]: 'token-reused',
};

/** Grants that a request has revoked: oidc-provider asks for it once for each kind of token. */
const revokedBy = new WeakMap<object, Map<string, Promise<void>>>();

/** Grants, codes and refresh tokens in MongoDB. */
export function artifactAdapter(parts: ArtifactParts, model: string): Adapter {
  const { records, endings } = parts;
  const revoke = (grantId: string): Promise<void> => {
    const { ctx } = Provider;
    if (!ctx) return revokeGrant(parts, grantId, undefined);
    const revoked = revokedBy.get(ctx) ?? new Map<string, Promise<void>>();
    revokedBy.set(ctx, revoked);
    const revoking = revoked.get(grantId) ?? revokeGrant(parts, grantId, REVOKED_AT[ctx.path]);
    revoked.set(grantId, revoking);
    return revoking;
  };
  const idOf = (value: string): string =>
    `${model}:${createHash('sha256').update(value).digest('base64url')}`;
  return {
    upsert: (id, payload, expiresIn) =>
      onDatabase(async () => {
        const record = recordOf(model, { _id: idOf(id), id, payload, expiresIn });
        const { ctx } = Provider;
        if (model === 'Grant' && ctx && withCode.has(ctx)) {
          withCode.set(ctx, record);
          return;
        }
        const grant = model === 'AuthorizationCode' && ctx ? withCode.get(ctx) : undefined;
        if (grant) await records.insert([grant, { ...record, grant: grant.payload }]);
        else await upsert(records, record);
        await requireSession(records, endings, record);
      }),
    find: (id) =>
      onDatabase(async () => {
        const { ctx } = Provider;
        const code = model === 'Grant' && ctx ? readWithCode.get(ctx) : undefined;
        if (code?.grant !== undefined && code.grantId === id) return payloadIn(code.grant, id);
        const record = await records.findOne({ _id: idOf(id) });
        if (record?.grant !== undefined && ctx) readWithCode.set(ctx, record);
        return record ? payloadOf(record, id) : undefined;
      }),
    consume: (id) => onDatabase(() => consume(records, idOf(id), revoke)),
    destroy: (id) =>
      onDatabase(async () => {
        if (model === 'Grant') await endings.end('grant', grantMark(id));
        await records.deleteMany({ _id: idOf(id) });
      }),
    revokeByGrantId: (grantId) => onDatabase(() => revoke(grantId)),
    findByUid: () => Promise.resolve(undefined),
    findByUserCode: () => Promise.resolve(undefined),
  };
}

/** Ends a grant, all tokens that came of it, and with it the entry of the audit commits. */
async function revokeGrant(
  parts: ArtifactParts,
  grantId: string,
  event: SecurityEventKind | undefined,
): Promise<void> {
  const { mongo, records, endings, audit } = parts;
  const entry = event === undefined ? undefined : await endOfGrant(parts, grantId, event);
  await withTransaction(mongo, async (tx) => {
    await endings.end('grant', grantMark(grantId), tx);
    if (entry) await audit.add(tx, [entry]);
  });
  await records.deleteMany({ grantId });
}

/** The entry of the audit; undefined for a grant of no account that is there. */
async function endOfGrant(
  { records, accounts }: Pick<ArtifactParts, 'records' | 'accounts'>,
  grantId: string,
  event: SecurityEventKind,
): Promise<Access | undefined> {
  const some = await records.findOne({ grantId, accountId: { $exists: true } });
  const account = some?.accountId === undefined ? null : await accounts.findOne({ _id: some.accountId });
  if (!account) return undefined;
  const about = { client: some?.clientId, also: [{ type: 'grant', id: grantMark(grantId) }] };
  if (event !== 'token-reused') return accountEvent(event, account, about);
  // whoever shows a token twice, or a copy of it, is known by the app alone
  const by = { role: 'unknown', ...(some?.clientId === undefined ? {} : { client: some.clientId }) };
  return accountEvent(event, account, { ...about, by, outcome: 'denied' });
}

/**
 * Ends an app: its access tokens, and what users have allowed it, which would count again for an app that gets its id.
 * @param tx that is the reason, if there is one
 */
export async function endApp(
  { artifacts, endings }: { artifacts: Collection<ArtifactRecord>; endings: Endings },
  clientId: string,
  tx?: Transaction,
): Promise<void> {
  await endings.end('app', clientId, tx);
  await artifacts.deleteMany({ clientId }, tx);
}

interface Written {
  readonly _id: string;
  readonly id: string;
  readonly payload: AdapterPayload;
  readonly expiresIn: number | undefined;
}

function recordOf(model: string, { _id, id, payload, expiresIn }: Written): ArtifactRecord {
  const now = Date.now();
  const grantId = model === 'Grant' ? id : payload.grantId;
  return {
    _id,
    model,
    payload: JSON.stringify({ ...payload, jti: undefined }),
    ...(grantId === undefined ? {} : { grantId }),
    ...(payload.accountId === undefined ? {} : { accountId: payload.accountId }),
    ...(payload.clientId === undefined ? {} : { clientId: payload.clientId }),
    ...(payload.sessionUid === undefined ? {} : { sessionUid: payload.sessionUid }),
    offline: payload.scope?.split(' ').includes('offline_access') === true,
    createdAt: new Date(now),
    expiresAt: new Date(now + (expiresIn ?? 3_600) * 1000),
  };
}

async function upsert(records: Collection<ArtifactRecord>, record: ArtifactRecord): Promise<void> {
  try {
    await records.insert([record]);
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    const { _id, ...replacement } = record;
    await records.replaceOne({ _id }, replacement);
  }
}

/**
 * Who ends a session removes its tokens; one that is written at that moment would outlive it. The mark is there before they are looked
 * for, so that either side sees the other. @throws InvalidGrant
 */
async function requireSession(
  records: Collection<ArtifactRecord>,
  endings: Endings,
  { _id, sessionUid, offline }: ArtifactRecord,
): Promise<void> {
  if (sessionUid === undefined || offline || !(await endings.hasSessionEnded(sessionUid))) return;
  await records.deleteMany({ _id });
  throw new errors.InvalidGrant('the session has ended');
}

function payloadIn(text: string, id: string): AdapterPayload {
  return { ...(JSON.parse(text) as AdapterPayload), jti: id };
}

function payloadOf(record: ArtifactRecord, id: string): AdapterPayload {
  return {
    ...payloadIn(record.payload, id),
    ...(record.consumedAt ? { consumed: Math.floor(record.consumedAt.getTime() / 1000) } : {}),
  };
}

/**
 * Marks as used, once: of two exchanges at the same moment, which both have read it unused, the second ends here and takes
 * the whole family with it (RFC 9700, 4.14.2).
 */
async function consume(
  records: Collection<ArtifactRecord>,
  _id: string,
  revoke: (grantId: string) => Promise<void>,
): Promise<void> {
  const unused = { _id, consumedAt: { $exists: false } };
  const { matchedCount } = await records.updateOne(unused, { $set: { consumedAt: new Date() } });
  if (matchedCount > 0) return;
  const used = await records.findOne({ _id });
  if (used?.grantId !== undefined) await revoke(used.grantId);
  throw new errors.InvalidGrant('already used');
}
