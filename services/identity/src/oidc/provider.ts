import { describeError, securityAccess } from '@careplane/kit';
import type { AuditTrail, Logger } from '@careplane/kit';
import type { JWK } from 'jose';
import { Provider } from 'oidc-provider';
import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';
import type { KeyringCache } from '../keys/keyring-cache.ts';
import type { Keyring } from '../keys/signing-keys.ts';
import { accountEvent } from '../trail/account-event.ts';
import { appEvent } from '../trail/app-event.ts';
import { configurationOf } from './configuration.ts';
import type { Introspection } from './introspection.ts';
import { keepFields } from './kept-fields.ts';
import type { OidcParts } from './oidc-parts.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { Sessions } from './sessions.ts';
import { onDatabase } from './storage-away.ts';

export interface ProviderOptions {
  readonly parts: OidcParts;
  readonly keyring: KeyringCache;
  readonly sessions: Sessions;
  readonly introspection: Introspection;
  readonly audit: AuditTrail;
  readonly logger: Logger;
}

/** The authorization server with the keys of this moment. */
export interface Providers {
  current(): Promise<Provider>;
}

/** oidc-provider takes its keys once: another keyring is another provider, over the same stores. */
export function createProviders(options: ProviderOptions): Providers {
  let made: { keyring: Keyring; provider: Provider } | undefined;
  return {
    async current(): Promise<Provider> {
      const keyring = await options.keyring.current();
      if (made && sameKeys(made.keyring, keyring)) return made.provider;
      const provider = createProvider(options, keyring.signing);
      made = { keyring, provider };
      return provider;
    },
  };
}

function sameKeys(a: Keyring, b: Keyring): boolean {
  return a === b || JSON.stringify(a.signing.map(kidOf)) === JSON.stringify(b.signing.map(kidOf));
}

function kidOf({ kid }: JWK): string | undefined {
  return kid;
}

function createProvider(options: ProviderOptions, signing: readonly JWK[]): Provider {
  const { parts, introspection, logger } = options;
  const configuration = configurationOf(parts, { keys: [...signing] });
  const provider = new PageProvider(parts, configuration);
  provider.proxy = true; // scheme and host are set from PUBLIC_URL, whatever the request says
  amendParams(provider);
  keepFields(provider);
  provider.use(async (ctx, next) => {
    await next();
    const { oidc } = ctx as unknown as { oidc?: KoaContextWithOIDC['oidc'] };
    if (ctx.status === 503) ctx.set('retry-after', '1');
    if (ctx.path === ENDPOINTS.token) ctx.set('pragma', 'no-cache'); // SMART still wants it
    if (!oidc) return;
    await endSession(oidc, options);
    await recordApp(ctx as unknown as KoaContextWithOIDC, options);
    await addPatient(ctx as unknown as KoaContextWithOIDC, parts);
    await introspection.answer(ctx as unknown as KoaContextWithOIDC);
  });
  provider.on('server_error', (_ctx: unknown, error: unknown) => {
    logger.error('authorization server failed', describeError(error));
  });
  const failures = provider as unknown as { on(event: 'error', heard: (error: unknown) => void): void };
  failures.on('error', (error: unknown) => {
    logger.error('authorization server failed', describeError(error));
  });
  return provider;
}

type ResponseMode = Parameters<Provider['registerResponseMode']>[1];

/** Its own page for `form_post` is an inline script, which our content security policy stops, as it stops the form. */
class PageProvider extends Provider {
  readonly #pages: OidcParts['pages'];

  constructor({ config, pages }: OidcParts, configuration: Configuration) {
    super(config.PUBLIC_URL, configuration);
    this.#pages = pages;
  }

  /** Called by the constructor of the class above, for each mode that it knows. */
  override registerResponseMode(name: string, handler: ResponseMode): void {
    const backToApp: ResponseMode = (ctx, action, fields) => {
      this.#pages.backToApp(ctx, { action, fields: fields as Record<string, string> });
    };
    super.registerResponseMode(name, name === 'form_post' ? backToApp : handler);
  }
}

/**
 * SMART apps ask for `offline_access` without `prompt=consent`, without which oidc-provider drops it. Whom to ask for consent is
 * decided by our policy.
 */
function amendParams(provider: Provider): void {
  const values = new WeakMap<object, unknown>();
  const context = provider as unknown as { readonly OIDCContext: { readonly prototype: object } };
  Object.defineProperty(context.OIDCContext.prototype, 'params', {
    configurable: true,
    get(this: object): unknown {
      return values.get(this);
    },
    set(this: object, params: { scope?: unknown; prompt?: unknown; response_type?: unknown }) {
      if (isOffline(params)) params.prompt = [params.prompt, 'consent'].filter(Boolean).join(' ');
      values.set(this, params);
    },
  });
}

function isOffline(params: { scope?: unknown; prompt?: unknown; response_type?: unknown }): boolean {
  const { scope, prompt = '' } = params;
  if (params.response_type !== 'code' || typeof scope !== 'string' || typeof prompt !== 'string')
    return false;
  const prompts = prompt.split(' ');
  return (
    scope.split(' ').includes('offline_access') && !prompts.includes('none') && !prompts.includes('consent')
  );
}

/** Log-out: the tokens of the session end with it. */
async function endSession(
  oidc: KoaContextWithOIDC['oidc'],
  { parts: { accounts }, sessions, audit }: ProviderOptions,
): Promise<void> {
  const session = oidc.session as { uid?: string; accountId?: string; destroyed?: boolean } | undefined;
  const { uid, accountId } = session ?? {};
  if (session?.destroyed !== true || uid === undefined) return;
  const account =
    accountId === undefined ? null : await onDatabase(() => accounts.findOne({ _id: accountId }));
  if (account) {
    const parts = { client: oidc.client?.clientId, also: [{ type: 'session', id: uid }] };
    await onDatabase(() => audit.record([accountEvent('log-out', account, parts)]));
  }
  await sessions.end(uid);
}

/** An app by itself logs in where it gets its token; one that cannot prove who it is has tried to. Recorded before the answer goes. */
async function recordApp(
  { path, status, oidc, body }: KoaContextWithOIDC,
  { audit }: ProviderOptions,
): Promise<void> {
  if (path !== ENDPOINTS.token) return;
  const client = oidc.client?.clientId;
  const { grant_type: grant } = (oidc.params ?? {}) as { grant_type?: unknown };
  if (status === 200 && grant === 'client_credentials' && client !== undefined)
    await onDatabase(() => audit.record([appEvent('log-in', client)]));
  if ((body as { error?: unknown } | undefined)?.error !== 'invalid_client') return;
  const refusal = { outcome: 'denied', reason: 'invalid_client' } as const;
  const agent = { role: 'unknown', ...(client === undefined ? {} : { client }) };
  await onDatabase(() => audit.record([securityAccess({ kind: 'log-in', agent, ...refusal, entities: [] })]));
}

/** SMART: the launch context stands beside the access token. */
async function addPatient(ctx: KoaContextWithOIDC, { launches }: OidcParts): Promise<void> {
  if (ctx.path !== ENDPOINTS.token || ctx.status !== 200) return;
  const { AccessToken: token } = ctx.oidc.entities;
  const body = ctx.body as Record<string, unknown> | undefined;
  const extra = (token as { extra?: Record<string, unknown> } | undefined)?.extra;
  if (token?.grantId === undefined || body === undefined) return;
  const patient = extra?.['patient'] ?? (await launches.patientOf(ctx, token.grantId));
  if (patient !== undefined) ctx.body = { ...body, patient };
}
