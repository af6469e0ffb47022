import { describe, expect, it } from '@jest/globals';
import { createInternalRouter } from '@careplane/kit';
import type { Router, SecurityEventKind, ServiceAuth } from '@careplane/kit';
import { internalRoutes } from '../internal-routes.ts';
import type { Parts } from '../parts.ts';
import { authorizationRouter } from '../router.ts';

/** What may be recorded at each route that changes something, or shows what is personal, beside what goes over FHIR. */
const RECORDED: Readonly<Record<string, readonly SecurityEventKind[]>> = {
  'all /oauth2/authorize': [], // the log-in that it leads to is recorded; the grant of the clinic's own apps needs no consent
  'all /oauth2/authorize/:uid': [],
  'all /oauth2/introspect': [], // says of a token what the token says
  'all /oauth2/logout': ['log-out'],
  'all /oauth2/logout/confirm': ['log-out'],
  'all /oauth2/logout/success': [],
  'all /oauth2/par': [], // a request, which nobody has answered yet
  'all /oauth2/revoke': ['scopes-withdrawn', 'token-revoked'],
  'all /oauth2/token': ['log-in', 'token-reused'],
  'post /oauth2/authorize': [], // redirects
  'post /oauth2/introspect': [],
  'post /oauth2/token': [], // completes a request for the one above
  'post /oauth2/userinfo': [], // says of its own token what the token says
  'post /login/:uid': ['log-in'],
  'post /login/:uid/cancel': [],
  'post /login/:uid/consent': ['scopes-granted'],
  'post /login/:uid/continue': ['log-in'],
  'post /login/:uid/enrol': ['log-in', 'second-factor-added'],
  'post /login/:uid/otp': ['log-in', 'recovery-code-used'],
  'post /login/:uid/passkey': ['log-in'],
  'post /login/:uid/patient': [],
  'post /login/:uid/restart': [],
  'post /account/register': [], // there is no account before the address is verified
  'post /account/verify': ['account-created'],
  'post /account/reset': ['password-reset-asked'],
  'post /account/reset/new': ['password-reset'],
  'post /account/address/confirm': ['address-changed', 'confirm-password'],
  'post /account/sessions': ['session-ended', 'sessions-ended'],
  'post /account/password': ['password-changed', 'confirm-password'],
  'post /account/address': ['address-change-asked', 'confirm-password'],
  'post /account/delete': ['account-deleted', 'confirm-password'],
  'post /account/second-factor/app': ['confirm-password'],
  'post /account/second-factor/app/confirm': ['second-factor-added'],
  'post /account/second-factor/codes': ['recovery-codes-made', 'confirm-password'],
  'post /account/second-factor/done': [],
  'post /account/second-factor/off': ['second-factor-removed', 'confirm-password'],
  'post /account/second-factor/passkeys': ['passkey-added', 'confirm-password'],
  'post /account/second-factor/passkeys/remove': ['passkey-removed', 'confirm-password'],
  'post /public-keys': ['public-key-added'],
  'post /public-keys/:id/end': ['public-key-ended'],
  'get /admin/apps': ['administer'],
  'post /admin/apps': ['app-registered', 'administer'],
  'get /admin/apps/:clientId': ['administer'],
  'delete /admin/apps/:clientId': ['app-removed', 'administer'],
  'post /admin/accounts': ['account-created', 'administer'],
  'get /admin/accounts': ['account-read', 'administer'],
  'get /admin/accounts/:id': ['account-read', 'administer'],
  'patch /admin/accounts/:id': ['account-enabled', 'account-disabled', 'administer'],
  'delete /admin/accounts/:id': ['account-deleted', 'administer'],
  'delete /admin/accounts/:id/second-factor': ['second-factor-reset', 'administer'],
  'get /internal/access-facts/:role/:id': [], // for a decision, which is recorded itself: decision 0035
  'post /internal/access-facts': [],
  'get /internal/contacts/:patientId': [], // a `read` of the Patient
  'get /internal/persons/:type/:id': [], // whether there is one, for a write that is recorded itself
  'get /internal/account-messages/:id': ['message-read'],
  'get /internal/app-origins': [], // of no person
  'post /internal/directory': [], // names of practitioners and apps, for who saw a record
  'get /internal/erasures': [], // ids that nothing is known of any more
  'post /internal/erasures': [], // erases again who was erased: that was recorded
};

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
}

/** `method path` of each route of a router. */
function routesOf({ stack }: { readonly stack?: readonly Layer[] }): string[] {
  return (stack ?? []).flatMap(({ route, handle }) => {
    if (!route) return routesOf(handle);
    return Object.keys(route.methods).map((method) => `${method === '_all' ? 'all' : method} ${route.path}`);
  });
}

/** Stands for whatever routes are made from: no handler runs. */
function anything(): unknown {
  return new Proxy(() => undefined, {
    get: (_target, name) => (name === Symbol.toPrimitive ? () => 'https://clinic.example' : anything()),
    apply: () => anything(),
  });
}

const isPersonal = (route: string): boolean =>
  !/^get |^options |\/\.well-known\//.test(route) || /^get \/(admin|internal)\//.test(route);

describe('the routes of identity that are not FHIR', () => {
  const handler = (): void => undefined;
  const parts = { ...(anything() as Parts), config: { PUBLIC_URL: 'https://clinic.example' } } as Parts;
  const whole = new Proxy(parts, {
    get: (target, name) => (name in target ? target[name as keyof Parts] : anything()),
  });
  const users = { require: () => handler, verify: () => Promise.reject(new Error('nobody')) };
  const services: ServiceAuth = { require: () => handler };
  const routers: Router[] = [
    authorizationRouter(whole, users),
    createInternalRouter(internalRoutes, whole, services),
  ];

  it('are each known with what they record', () => {
    const found = routers.flatMap((router) => routesOf(router as never)).filter(isPersonal);
    expect([...new Set(found)].sort()).toEqual(Object.keys(RECORDED).sort());
  });
});
