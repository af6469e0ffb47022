import { createHash } from 'node:crypto';
import type { Cache } from '@careplane/kit';
import { errors, Provider } from 'oidc-provider';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { appNow } from './kept-fields.ts';
import type { Sessions } from './sessions.ts';
import { onCache } from './storage-away.ts';

/** Interactions and pushed requests in Redis, and what may be seen once only (`jti`). */
export function volatileAdapter({ client, keyPrefix }: Cache, model: string): Adapter {
  const keyOf = (id: string): string =>
    `${keyPrefix}oidc:${model}:${createHash('sha256').update(id).digest('base64url')}`;
  const usedOf = (id: string): string => `${keyOf(id)}:used`;
  return {
    upsert: (id, payload, expiresIn = 3_600) =>
      model === 'ReplayDetection' ? once(keyOf(id), expiresIn) : write(id, payload, expiresIn),
    find: (id) =>
      onCache(async () => {
        const [stored, used] = await client.mget(keyOf(id), usedOf(id));
        if (stored === null || stored === undefined) return undefined;
        const payload = JSON.parse(stored) as AdapterPayload;
        return used ? { ...payload, consumed: Number(used) } : payload;
      }),
    consume: (id) => consume(id),
    destroy: (id) =>
      onCache(async () => {
        await client.del(keyOf(id), usedOf(id));
      }),
    findByUid: () => Promise.resolve(undefined),
    findByUserCode: () => Promise.resolve(undefined),
    revokeByGrantId: () => Promise.resolve(),
  };

  async function write(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    const kept = model === 'Interaction' ? { ...payload, ...appNow() } : payload;
    await onCache(() => client.set(keyOf(id), JSON.stringify(kept), 'EX', Math.max(1, expiresIn)));
  }

  /** Of two requests at the same moment with one `jti`, which both have found it unseen, the second ends here. */
  async function once(key: string, expiresIn: number): Promise<void> {
    const first = await onCache(() =>
      client.set(key, JSON.stringify({ kind: model }), 'EX', Math.max(1, expiresIn), 'NX'),
    );
    if (first === null) throw new errors.InvalidClientAuth('seen before');
  }

  async function consume(id: string): Promise<void> {
    const now = Math.floor(Date.now() / 1000);
    const first = await onCache(() => client.set(usedOf(id), String(now), 'EX', 3_600, 'NX'));
    if (first === null) throw new errors.InvalidRequestUri('already used');
  }
}

/** Sessions of browsers, found by their cookie, by their lasting `uid`, and by the account. */
export function sessionAdapter(sessions: Sessions): Adapter {
  return {
    upsert: (id, payload, expiresIn = 3_600) =>
      sessions.save(id, payload, { seconds: expiresIn, agent: agentNow(), isNew: isNewNow(payload) }),
    find: (id) => sessions.find(id),
    findByUid: (uid) => sessions.findByUid(uid),
    destroy: (id) => sessions.forget(id),
    consume: () => Promise.resolve(),
    findByUserCode: () => Promise.resolve(undefined),
    revokeByGrantId: () => Promise.resolve(),
  };
}

/** Whether a session began with the request that is being answered: its `uid` is one that nobody has seen yet. */
function isNewNow({ uid }: AdapterPayload): boolean {
  const session = Provider.ctx?.oidc.session as { uid?: string; new?: boolean } | undefined;
  return session?.new === true && session.uid === uid;
}

/** The browser of the request that is being answered. */
function agentNow(): string {
  return (Provider.ctx?.get('user-agent') ?? '').slice(0, 200);
}
