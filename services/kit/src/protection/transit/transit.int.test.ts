import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startOpenBao, until } from '@careplane/testing';
import type { RunningOpenBao } from '@careplane/testing';
import { bindingsAt } from '../../bindings.ts';
import { platformConfig, readConfig } from '../../config.ts';
import { Unavailable } from '../../http/errors.ts';
import { createTestBindings } from '../../testing/bindings.ts';
import { Tampered } from '../cipher.ts';
import { firstKeyProvider } from '../first-key-provider.ts';
import { keepsTheContract } from '../fixtures/key-provider-contract.ts';
import { UnknownKeyVersion } from '../key-provider.ts';
import type { KeyContext, WrappedKey } from '../key-provider.ts';
import { keyVersion, localKeyProvider } from '../local-key-provider.ts';
import { chosenKeyProvider, keyProviderConfig } from './chosen-key-provider.ts';
import { TransitRefused } from './transit-client.ts';
import { transitKeyProvider } from './transit-key-provider.ts';
import type { TransitKeyProvider, TransitOptions } from './transit-key-provider.ts';
import { kubernetesLogin, tokenFile } from './transit-login.ts';

const CONTEXT: KeyContext = { tenant: 'clinic', subject: 'Patient/1', keyId: 'key', purpose: 'record' };

describe('root keys in a transit engine', () => {
  let bao: RunningOpenBao;
  let folder: string;
  const open = new Set<TransitKeyProvider>();
  beforeAll(async () => {
    bao = await startOpenBao();
    folder = await mkdtemp(join(tmpdir(), 'careplane-transit-'));
    await bao.call('POST', 'sys/mounts/transit', { type: 'transit' });
    await writeFile(join(folder, 'root'), bao.rootToken);
  });
  afterEach(async () => {
    for (const provider of open) await provider.close();
    open.clear();
  });
  afterAll(async () => {
    await bao.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** A key, and a policy that may use it and nothing else. */
  const makeKey = async (): Promise<{ keyName: string; policy: string }> => {
    const keyName = `clinic-${randomUUID()}`;
    await bao.call('POST', `transit/keys/${keyName}`, { type: 'aes256-gcm96' });
    const rules = [
      `path "transit/encrypt/${keyName}" { capabilities = ["update"] }`,
      `path "transit/decrypt/${keyName}" { capabilities = ["update"] }`,
      `path "transit/keys/${keyName}" { capabilities = ["read"] }`,
    ];
    await bao.call('PUT', `sys/policies/acl/${keyName}`, { policy: rules.join('\n') });
    return { keyName, policy: keyName };
  };
  const newToken = async (policy: string): Promise<string> => {
    const { auth } = await bao.call('POST', 'auth/token/create', { policies: [policy] });
    return (auth as { client_token: string }).client_token;
  };
  const tokenIn = async (policy: string): Promise<string> => {
    const path = join(folder, randomUUID());
    await writeFile(path, `${await newToken(policy)}\n`);
    return path;
  };
  const provide = (options: Omit<TransitOptions, 'url' | 'ca'>): TransitKeyProvider => {
    const provider = transitKeyProvider({ url: bao.url, ca: bao.ca, rereadMs: 0, ...options });
    open.add(provider);
    return provider;
  };
  const opened = async (more: Partial<TransitOptions> = {}) => {
    const { keyName, policy } = await makeKey();
    const path = await tokenIn(policy);
    return { keyName, policy, path, provider: provide({ keyName, login: tokenFile(path), ...more }) };
  };

  keepsTheContract(async () => {
    const { keyName, provider } = await opened();
    return {
      provider,
      rotate: async () => {
        await bao.call('POST', `transit/keys/${keyName}/rotate`);
      },
    };
  });

  it('tells a ciphertext that was changed from a version that is not there any more', async () => {
    const { keyName, provider } = await opened();
    const wrapped = await provider.wrap(randomBytes(32), CONTEXT);
    const moved = provider.unwrap(wrapped, { ...CONTEXT, subject: 'Patient/2' });
    await expect(moved).rejects.toThrow(Tampered);
    await bao.call('POST', `transit/keys/${keyName}/rotate`);
    await bao.call('POST', `transit/keys/${keyName}/config`, { min_decryption_version: 2 });
    await expect(provider.unwrap(wrapped, CONTEXT)).rejects.toThrow(UnknownKeyVersion);
  });

  it('wraps and unwraps many keys in one request', async () => {
    const { provider } = await opened();
    const keys = Array.from({ length: 150 }, () => randomBytes(32));
    let requests = 0;
    const count = (): void => void (requests += 1);
    subscribe('undici:request:create', count);
    const wrapped = await Promise.all(keys.map((key) => provider.wrap(key, CONTEXT)));
    const unwrapped = await Promise.all(wrapped.map((one) => provider.unwrap(one, CONTEXT)));
    unsubscribe('undici:request:create', count);
    expect(unwrapped).toEqual(keys);
    expect(requests).toBeLessThanOrEqual(4);
  });

  it('of a batch refuses only the keys that do not belong', async () => {
    const { provider } = await opened();
    const key = randomBytes(32);
    const wrapped = await provider.wrap(key, CONTEXT);
    const [good, bad] = await Promise.allSettled([
      provider.unwrap(wrapped, CONTEXT),
      provider.unwrap(wrapped, { ...CONTEXT, keyId: 'another' }),
    ]);
    expect(good).toEqual({ status: 'fulfilled', value: key });
    expect(bad).toMatchObject({ status: 'rejected', reason: { name: 'Tampered' } });
  });

  it('takes up a token that was replaced after the former one was revoked', async () => {
    const { policy, path, provider } = await opened();
    const wrapped = await provider.wrap(randomBytes(32), CONTEXT);
    const next = await newToken(policy);
    const token = (await readFile(path, 'utf8')).trim();
    await bao.call('POST', 'auth/token/revoke', { token });
    await writeFile(path, next);
    expect(await provider.unwrap(wrapped, CONTEXT)).toHaveLength(32);
  });

  it('says that it is refused, with a token that may not, for a key that is not there, and makes none', async () => {
    const { keyName } = await makeKey();
    const { policy: other } = await makeKey();
    const stranger = provide({ keyName, login: tokenFile(await tokenIn(other)) });
    await expect(stranger.wrap(randomBytes(32), CONTEXT)).rejects.toThrow(TransitRefused);
    const absent = provide({ keyName: 'no-such-key', login: tokenFile(join(folder, 'root')) });
    await expect(absent.currentVersion()).rejects.toThrow(TransitRefused);
  });

  it('is unavailable at once while the server is silent, and comes back with it', async () => {
    const { provider } = await opened({ timeoutMs: 150 });
    const wrapped = await provider.wrap(randomBytes(32), CONTEXT);
    bao.signal('SIGSTOP');
    try {
      for (let n = 0; n < 3; n += 1)
        await expect(provider.unwrap(wrapped, CONTEXT)).rejects.toThrow(Unavailable);
      const before = performance.now();
      await expect(provider.unwrap(wrapped, CONTEXT)).rejects.toThrow(Unavailable);
      expect(performance.now() - before).toBeLessThan(140); // nobody waits for a server that is known to be away
    } finally {
      bao.signal('SIGCONT');
    }
    await until(async () => (await provider.unwrap(wrapped, CONTEXT)).length === 32, {
      what: 'the circuit to close',
    });
  });

  it('is not asked over plain HTTP, nor under a certificate that nobody vouches for', async () => {
    const login = tokenFile(join(folder, 'root'));
    const plain = (): unknown =>
      transitKeyProvider({ url: 'http://127.0.0.1:8200', keyName: 'clinic', login });
    expect(plain).toThrow('https');
    const stranger = transitKeyProvider({ url: bao.url, keyName: 'clinic', login, timeoutMs: 500 });
    open.add(stranger);
    await expect(stranger.currentVersion()).rejects.toThrow(Unavailable);
  });

  it('lets a pod in by its ServiceAccount, and again when its token has ended', async () => {
    const { keyName, policy } = await makeKey();
    const reviews: string[] = [];
    const cluster = createServer((req, res) => {
      let text = '';
      req.on('data', (piece: Buffer) => (text += piece.toString()));
      req.on('end', () => {
        const { spec } = JSON.parse(text) as { spec: { token: string } };
        reviews.push(spec.token);
        const user = { username: 'system:serviceaccount:clinic:records', uid: 'u', groups: [] };
        res.setHeader('content-type', 'application/json');
        res.statusCode = 201;
        res.end(
          JSON.stringify({
            apiVersion: 'authentication.k8s.io/v1',
            kind: 'TokenReview',
            status: { authenticated: true, user },
          }),
        );
      });
    });
    await new Promise<void>((resolve) => cluster.listen(0, '127.0.0.1', resolve));
    try {
      const port = String((cluster.address() as AddressInfo).port);
      await bao.call('POST', 'sys/auth/kubernetes', { type: 'kubernetes' });
      await bao.call('POST', 'auth/kubernetes/config', {
        kubernetes_host: `http://127.0.0.1:${port}`,
        token_reviewer_jwt: 'reviewer',
        disable_local_ca_jwt: true,
        kubernetes_ca_cert: bao.ca,
      });
      await bao.call('POST', 'auth/kubernetes/role/records', {
        bound_service_account_names: 'records',
        bound_service_account_namespaces: 'clinic',
        token_policies: policy,
        token_ttl: '60s',
      });
      const tokenPath = join(folder, 'service-account');
      const claims = {
        'kubernetes.io': { namespace: 'clinic', serviceaccount: { name: 'records', uid: 'u' } },
      };
      await writeFile(tokenPath, jwtOf(claims));
      let now = Date.now();
      const provider = provide({
        keyName,
        login: kubernetesLogin({ role: 'records', tokenPath }),
        now: () => now,
      });
      const wrapped = await provider.wrap(randomBytes(32), CONTEXT);
      await provider.unwrap(wrapped, CONTEXT);
      expect(reviews).toEqual([jwtOf(claims)]);
      now += 41_000; // two thirds of its life
      await provider.unwrap(wrapped, CONTEXT);
      expect(reviews).toHaveLength(2);
    } finally {
      cluster.close();
    }
  });

  it('takes over from the Secret: its keys are unwrapped, and new ones wrapped by the engine', async () => {
    const { provider } = await opened();
    const local = localKeyProvider({ read: () => ['a root key of before'] });
    const key = randomBytes(32);
    const former = await local.wrap(key, CONTEXT);
    const both = firstKeyProvider(provider, [local]);
    expect(await both.unwrap(former, CONTEXT)).toEqual(key);
    const current = await both.wrap(key, CONTEXT);
    expect(current.version).toBe(await provider.currentVersion());
    expect(await both.unwrap(current, CONTEXT)).toEqual(key);
    await expect(both.unwrap({ ...former, version: 'ffffffffffff' }, CONTEXT)).rejects.toThrow(
      UnknownKeyVersion,
    );
  });

  it('is chosen by the configuration of a service, with token and authority from its Secret', async () => {
    const { keyName, path } = await opened();
    const bindings = createTestBindings();
    bindings.write('vault', { type: 'secret', token: await readFile(path, 'utf8'), 'ca.crt': bao.ca });
    const ended: (() => Promise<unknown>)[] = [];
    const choose = (env: Record<string, string>) =>
      chosenKeyProvider(
        {
          bindings: bindingsAt(bindings.root),
          config: readConfig(keyProviderConfig.extend(platformConfig.shape), {
            CAREPLANE_SERVICE: 'records',
            SERVICE_BINDING_ROOT: bindings.root,
            VAULT_KEY_NAME: keyName,
            ...env,
          }),
          lifecycle: {
            onShutdown: (_: string, __: string, end: () => Promise<unknown>) => ended.push(end),
          } as never,
        },
        localKeyProvider({ read: () => ['the key in the Secret'] }),
      );
    const [vault, local] = [{ KEY_PROVIDER: 'vault', VAULT_URL: bao.url }, { VAULT_URL: bao.url }].map(
      choose,
    );
    const key = randomBytes(32);
    const [byVault, byLocal] = [await vault?.wrap(key, CONTEXT), await local?.wrap(key, CONTEXT)];
    expect([byVault?.version, byLocal?.version]).toEqual([
      `transit:${keyName}:v1`,
      keyVersion('the key in the Secret'),
    ]);
    for (const wrapped of [byVault, byLocal]) {
      for (const provider of [vault, local])
        expect(await provider?.unwrap(wrapped as WrappedKey, CONTEXT)).toEqual(key);
    }
    expect(() => choose({ KEY_PROVIDER: 'vault' })).toThrow('VAULT_URL');
    expect(() => choose({ VAULT_URL: 'http://127.0.0.1:8200' })).toThrow('VAULT_URL');
    for (const end of ended) await end();
    bindings.remove();
  });
});

/** The server looks into it before it asks the cluster; nobody checks its signature but the cluster. */
function jwtOf(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return [
    part({ alg: 'RS256', typ: 'JWT' }),
    part({ iss: 'kubernetes/serviceaccount', ...claims }),
    part({ s: 1 }),
  ].join('.');
}
