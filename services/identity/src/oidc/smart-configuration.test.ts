import { describe, expect, it } from '@jest/globals';
import { smartConfiguration } from './smart-configuration.ts';

const configuration = smartConfiguration('https://clinic.example');

describe('the SMART configuration', () => {
  it('has what the capabilities need, with absolute addresses', () => {
    const addresses = Object.entries(configuration).filter(([name]) => /endpoint$|_uri$|^issuer$/.test(name));
    expect(addresses.length).toBeGreaterThanOrEqual(8);
    for (const [, address] of addresses) expect(String(address)).toMatch(/^https:\/\/clinic\.example/);
    expect(configuration).toMatchObject({
      issuer: 'https://clinic.example',
      jwks_uri: expect.any(String),
      authorization_endpoint: expect.any(String),
      token_endpoint: expect.any(String),
      grant_types_supported: expect.arrayContaining(['authorization_code', 'client_credentials']),
      code_challenge_methods_supported: ['S256'],
      scopes_supported: expect.arrayContaining(['openid', 'fhirUser', 'launch/patient', 'patient/*.cruds']),
      token_endpoint_auth_methods_supported: expect.arrayContaining(['private_key_jwt']),
      token_endpoint_auth_signing_alg_values_supported: expect.arrayContaining(['RS384', 'ES384']),
    });
  });

  it('names the capabilities that are there, and no others', () => {
    const capabilities = configuration['capabilities'] as string[];
    expect([...capabilities].sort()).toEqual([
      'authorize-post',
      'client-confidential-asymmetric',
      'client-confidential-symmetric',
      'client-public',
      'context-standalone-patient',
      'launch-standalone',
      'permission-offline',
      'permission-online',
      'permission-patient',
      'permission-user',
      'permission-v2',
      'sso-openid-connect',
    ]);
  });
});
