import type { Attributes, Subject } from '@careplane/access';
import {
  agentOf,
  currentSubject,
  Forbidden,
  isOwnLack,
  NotFound,
  purposeOf,
  requestSignal,
  route,
  Router,
  securityAccess,
  Unauthorized,
} from '@careplane/kit';
import type { AccessPort, AuditTrail, Request, RequestHandler, UserAuth } from '@careplane/kit';
import { z } from 'zod';
import type { Endings } from '../oidc/endings.ts';
import { KEYS_SCOPE } from '../oidc/smart-scopes.ts';
import { newPublicKey, ownersQuery, shown } from './public-key.ts';
import type { PublicKeyRecord } from './public-key.ts';
import type { PublicKeys } from './public-keys.ts';

export interface PublicKeysRouterParts {
  readonly users: UserAuth;
  readonly access: AccessPort;
  readonly audit: AuditTrail;
  readonly endings: Endings;
  readonly publicKeys: PublicKeys;
}

const PATH = '/public-keys';
const NO_STORE = { 'cache-control': 'no-store' };

/** `/public-keys`: the keys to which documents are encrypted for somebody, and by which their signatures are verified. */
export function publicKeysRouter(parts: PublicKeysRouterParts): Router {
  const { users, publicKeys } = parts;
  const router = Router();
  const mayChange = forOwner(parts);
  router.get(
    PATH,
    users.require(),
    route({ query: ownersQuery }, async ({ req, query }) => {
      const subject = currentSubject(req);
      const owners = [...new Set([query.owner].flat())];
      await publicKeys.countLookUp(subject);
      await requireMaySee(parts, req, owners);
      const found = await publicKeys.of(owners);
      await recordLookUp(parts, req, { owners, found });
      const isOwner = (key: PublicKeyRecord): boolean => key.account === subject.id;
      const items = found.map((key) => shown(key, { isOwner: isOwner(key) }));
      return { status: 200, headers: NO_STORE, body: { items } };
    }),
  );
  router.post(
    PATH,
    mayChange('public-key-added'),
    route({ body: newPublicKey }, async ({ req, body }) => {
      const { key, isNew } = await publicKeys.publish(currentSubject(req), body);
      return { status: isNew ? 201 : 200, headers: NO_STORE, body: shown(key, { isOwner: true }) };
    }),
  );
  router.post(
    `${PATH}/:id/end`,
    mayChange('public-key-ended'),
    route({ params: z.object({ id: z.uuid() }) }, async ({ req, params }) => {
      const key = await publicKeys.end(currentSubject(req), params.id);
      return { status: 200, headers: NO_STORE, body: shown(key, { isOwner: true }) };
    }),
  );
  return router;
}

type Change = 'public-key-added' | 'public-key-ended';

/** Lets in whose app may change keys: no app adds one without being allowed to, for documents are then encrypted to it. */
function forOwner({ users, endings, audit }: PublicKeysRouterParts): (kind: Change) => RequestHandler {
  return (kind) => {
    const router = Router({ mergeParams: true });
    router.use(users.require(), async (req, _res, next) => {
      const subject = currentSubject(req);
      const { id, client, token, scopes, person } = subject;
      if (token && (await endings.isOver({ account: id, client, token }))) throw new Unauthorized();
      const reason = person ? (scopes.includes(KEYS_SCOPE) ? undefined : 'scope') : 'role';
      if (reason !== undefined) {
        const refusal = { kind, outcome: 'denied', reason, entities: [] } as const;
        await audit.record([securityAccess({ ...refusal, agent: agentOf(subject) })]);
        throw new Forbidden(reason === 'scope' ? `The scope ${KEYS_SCOPE} is missing` : undefined);
      }
      next();
    });
    return router;
  };
}

interface Owner {
  readonly type: string;
  readonly id: string;
}

function partsOf(reference: string): Owner {
  const [type = '', id = ''] = reference.split('/');
  return { type, id };
}

/** As identity's own definitions of Patient and Practitioner have them. */
function attributesOf({ type, id }: Owner): Attributes {
  return type === 'Patient' ? { id: [id], patient: [id] } : { id: [id], practitioner: [id] };
}

/** Who may read a person may look up their keys; to others there is nobody. @throws NotFound, Forbidden */
async function requireMaySee(
  { access, audit }: PublicKeysRouterParts,
  req: Request,
  owners: readonly string[],
): Promise<void> {
  const subject = access.subjectOf(req);
  const options = { purpose: purposeOf(req, subject), signal: requestSignal(req) };
  for (const [type, some] of Map.groupBy(owners.map(partsOf), (one) => one.type)) {
    const target = { type, resources: some.map(attributesOf) };
    const decisions = await access.decide(subject, 'read', target, options);
    for (const [at, one] of some.entries()) {
      const decision = decisions[at];
      if (decision?.effect === 'allow') continue;
      const reason = decision?.reason ?? 'no-relationship';
      await audit.record([
        { ...lookUpOf(req, subject, one), outcome: 'denied', reason, entities: entitiesOf(one) },
      ]);
      throw isOwnLack(reason) ? new Forbidden() : new NotFound();
    }
  }
}

async function recordLookUp(
  { access, audit }: PublicKeysRouterParts,
  req: Request,
  { owners, found }: { readonly owners: readonly string[]; readonly found: readonly PublicKeyRecord[] },
): Promise<void> {
  const subject = access.subjectOf(req);
  await audit.record(
    owners.map((reference) => {
      const one = partsOf(reference);
      const count = found.filter((key) => key.owner === reference).length;
      return {
        ...lookUpOf(req, subject, one),
        outcome: 'granted',
        entities: entitiesOf(one, count),
      };
    }),
  );
}

type Recorded = Parameters<AuditTrail['record']>[0][number];

function lookUpOf(
  req: Request,
  subject: Subject,
  { type, id }: Owner,
): Omit<Recorded, 'outcome' | 'entities'> {
  const purpose = purposeOf(req, subject);
  return {
    action: 'read',
    agent: agentOf(subject),
    purpose,
    ...(purpose === 'BTG' ? { emergency: true as const } : {}),
    ...(type === 'Patient' ? { patient: id } : {}),
  };
}

/** A patient is in the entry itself; their details were not looked at. */
function entitiesOf({ type, id }: Owner, count?: number): Recorded['entities'] {
  const keys = { type: 'public-key', ...(count === undefined ? {} : { count }) };
  return type === 'Patient' ? [keys] : [{ type, id }, keys];
}
