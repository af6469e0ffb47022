import { createFhirRouter, FHIR_BASE, Router } from '@careplane/kit';
import type { ServiceAuth, UserAuth } from '@careplane/kit';
import { fhirDefinitions } from './fhir/definitions.ts';
import { readFacts } from './access-facts/route.ts';
import { listConsents, putConsent } from './consents/routes.ts';
import { jwksRoute } from './keys/jwks-route.ts';
import type { Parts } from './parts.ts';
import { readContact } from './patients/contact.ts';
import { readPatient } from './patients/read.ts';
import { registerPatient } from './patients/register.ts';
import { readPersonState } from './persons/state-route.ts';
import { createPractitioner } from './practitioners/create.ts';
import { listPractitioners, readPractitioner } from './practitioners/read.ts';
import { createToken } from './tokens/routes.ts';

/** Every route of identity, with who may call it. */
export function identityRouter(parts: Parts, auth: { users: UserAuth; services: ServiceAuth }): Router {
  const { users, services } = auth;
  const router = Router();
  router.get('/.well-known/jwks.json', jwksRoute(parts.keyring));
  router.post('/v1/tokens', createToken(parts));
  router.post('/v1/patients', registerPatient(parts));
  const definitions = fhirDefinitions(parts);
  for (const { type } of definitions) router.use(`${FHIR_BASE}/${type}`, users.require());
  router.use(createFhirRouter({ definitions, access: parts.access, software: { name: 'identity' } }));
  router.get('/internal/access-facts/:role/:id', services.require(), readFacts(parts.facts));
  router.get('/v1/patients/:id', users.require(), readPatient(parts));
  router.get('/v1/patients/:id/consents', users.require(), listConsents(parts));
  router.put('/v1/patients/:id/consents/:scope', users.require('patient'), putConsent(parts));
  router.post('/v1/practitioners', users.require('admin'), createPractitioner(parts));
  router.get('/v1/practitioners', users.require(), listPractitioners(parts));
  router.get('/v1/practitioners/:id', users.require(), readPractitioner(parts));
  router.get('/internal/contacts/:patientId', services.require('notifications'), readContact(parts));
  router.get('/internal/persons/:type/:id', services.require('appointments'), readPersonState(parts));
  return router;
}
