import { ENDPOINTS } from './endpoints.ts';

const OF_DATA = ['patient/*.cruds', 'user/*.cruds', 'system/*.cruds'];
const SCOPES = ['openid', 'fhirUser', 'launch/patient', 'offline_access', 'online_access', ...OF_DATA];

/** `.well-known/smart-configuration` (SMART App Launch 2.2, conformance). */
export function smartConfiguration(publicUrl: string): Record<string, unknown> {
  const at = (path: string): string => `${publicUrl}${path}`;
  return {
    issuer: publicUrl,
    jwks_uri: at(ENDPOINTS.jwks),
    authorization_endpoint: at(ENDPOINTS.authorization),
    token_endpoint: at(ENDPOINTS.token),
    introspection_endpoint: at(ENDPOINTS.introspection),
    revocation_endpoint: at(ENDPOINTS.revocation),
    pushed_authorization_request_endpoint: at(ENDPOINTS.pushed_authorization_request),
    userinfo_endpoint: at(ENDPOINTS.userinfo),
    end_session_endpoint: at(ENDPOINTS.end_session),
    management_endpoint: at('/account'),
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types_supported: ['code'],
    token_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_basic'],
    token_endpoint_auth_signing_alg_values_supported: [
      'ES256',
      'ES384',
      'RS384',
      'PS256',
      'EdDSA',
      'Ed25519',
    ],
    code_challenge_methods_supported: ['S256'],
    scopes_supported: SCOPES,
    capabilities: [
      'launch-standalone',
      'authorize-post',
      'client-public',
      'client-confidential-symmetric',
      'client-confidential-asymmetric',
      'sso-openid-connect',
      'context-standalone-patient',
      'permission-offline',
      'permission-online',
      'permission-patient',
      'permission-user',
      'permission-v2',
    ],
  };
}

/** The metadata of the FHIR endpoint (RFC 9728), to which the 401 of every service points. */
export function protectedResource(publicUrl: string): Record<string, unknown> {
  return {
    resource: `${publicUrl}/fhir/R4`,
    resource_name: 'Careplane FHIR R4',
    authorization_servers: [publicUrl],
    scopes_supported: OF_DATA,
    bearer_methods_supported: ['header'],
  };
}
