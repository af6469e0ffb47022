import {
  createFhirRouter,
  createInternalRouter,
  createOpenApiRouter,
  FHIR_BASE,
  Router,
} from '@careplane/kit';
import type { ServiceAuth, UserAuth } from '@careplane/kit';
import { accountsRouter } from './accounts/accounts-router.ts';
import { appsRouter } from './apps/apps-router.ts';
import { fhirDefinitions } from './fhir/definitions.ts';
import { internalRoutes } from './internal-routes.ts';
import { jwksRoute } from './keys/jwks-route.ts';
import { adminOnly } from './oidc/admin-only-router.ts';
import { oidcRouter } from './oidc/oidc-router.ts';
import { openApi } from './openapi.ts';
import { accountRouter } from './pages/account-router.ts';
import { assetsRouter } from './pages/assets-router.ts';
import { createBrowserSessions } from './pages/browser-session.ts';
import { loginRouter } from './pages/login-router.ts';
import { registerRouter } from './pages/register-router.ts';
import { secondFactorRouter } from './pages/second-factor-router.ts';
import type { Parts } from './parts.ts';
import { patientDirectory } from './persons/patient-directory.ts';
import { publicKeysRouter } from './public-keys/public-keys-router.ts';

/** Every route of identity, with who may call it. */
export function identityRouter(parts: Parts, auth: { users: UserAuth; services: ServiceAuth }): Router {
  const { users, services } = auth;
  const router = Router();
  router.get('/.well-known/jwks.json', jwksRoute(parts.keyring));
  router.use(createInternalRouter(internalRoutes, parts, services));
  router.use(authorizationRouter(parts, users));
  router.use(fhirRouter(parts, users));
  router.use(createOpenApiRouter(openApi()));
  return router;
}

/** Persons, places, consents and care teams over FHIR. */
function fhirRouter(parts: Parts, users: UserAuth): Router {
  const router = Router();
  const { linkKeys: linkKey } = parts.secrets;
  const definitions = fhirDefinitions({ ...parts, linkKey, recordParts: parts.config.RECORD_PARTS });
  for (const { type } of definitions) router.use(`${FHIR_BASE}/${type}`, users.require());
  const { access, audit } = parts;
  const software = { name: 'identity' };
  router.use(createFhirRouter({ definitions, access, audit, linkKey, software }));
  return router;
}

/** Log-in, apps and accounts. */
export function authorizationRouter(parts: Parts, users: UserAuth): Router {
  const { oidc, apps, keyring, config } = parts;
  const { providers, sessions, tokens, introspection } = oidc;
  const admins = adminOnly({ users, endings: parts.facts.endings, audit: parts.audit });
  const browsers = createBrowserSessions(providers, parts.store.accounts, config.PUBLIC_URL);
  const router = Router();
  router.use(oidcRouter({ publicUrl: config.PUBLIC_URL, providers, keyring, tokens, apps, introspection }));
  router.use(assetsRouter());
  router.use(loginRouter({ ...parts, oidc: oidc.parts, providers }));
  router.use(registerRouter(parts));
  const { accesses, facts, persons } = parts;
  const patients = patientDirectory(persons);
  const seen = { accesses, facts, persons, patients };
  router.use(accountRouter({ ...parts, browsers, sessions, accesses: seen }));
  router.use(secondFactorRouter({ ...parts, browsers, sessions }));
  router.use(appsRouter(apps, admins));
  router.use(publicKeysRouter({ ...parts, users, endings: parts.facts.endings }));
  router.use(accountsRouter(parts, admins));
  return router;
}
