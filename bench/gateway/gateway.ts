import { gateway } from '@careplane/gateway';
import { startService } from '@careplane/kit';
import {
  createTestBindings,
  createTestIdentities,
  redisEntries,
  startTestIssuer,
} from '@careplane/kit/testing';

/** The gateway with TLS, tokens, limits in Redis and its log, in front of PLAIN and SLOW; what it is reached by goes to the parent. */
const { PLAIN = '', SLOW = '', REDIS_PORT = '' } = process.env;
const [issuer, identities] = [await startTestIssuer(), await createTestIdentities()];
const bindings = createTestBindings();
bindings.write('internal', await identities.entries('gateway'));
bindings.write(
  'clinic-cache',
  redisEntries(
    { host: '127.0.0.1', port: Number(REDIS_PORT), uri: `redis://127.0.0.1:${REDIS_PORT}` },
    'gateway',
  ),
);
const routes = [
  { service: 'plain', url: PLAIN, paths: ['/fhir/R4/Patient'] },
  { service: 'slow', url: SLOW, paths: ['/slow'] },
];
bindings.write('routes', { type: 'careplane-routes', 'routes.json': JSON.stringify(routes) });
const running = await startService(gateway, {
  env: {
    PORT: '0',
    ADMIN_PORT: '0',
    SHUTDOWN_DELAY_MS: '0',
    CAREPLANE_TLS_HTTP: 'Public',
    SERVICE_BINDING_ROOT: bindings.root,
    CALLS_IDENTITY_URL: issuer.url,
    USER_LIMIT: '100000000',
    ADDRESS_LIMIT: '100000000',
    BACKEND_TIMEOUT_MS: '30000',
    REQUEST_TIMEOUT_MS: '40000',
  },
});
const token = await issuer.accessToken({ role: 'patient', person: { type: 'Patient', id: '7' } });
const files = await identities.credentials('nginx');
process.send?.({ url: running.url, token, ca: identities.ca, files });
process.on('SIGTERM', () => {
  void running.stop().then(() => {
    bindings.remove();
    process.exit(0);
  });
});
