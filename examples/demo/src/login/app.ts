import { customFetch, discovery, None } from 'openid-client';
import type { ClientAuth, ClientMetadata, Configuration, CustomFetch } from 'openid-client';
import type { Connection } from '../client/connection.ts';

/** How the demo is registered: a public app on the user's own machine (RFC 8252, 7.3: any port of the loopback address). */
export const DEMO_APP = {
  clientId: 'careplane-demo',
  redirectUri: 'http://127.0.0.1/callback',
} as const;

/** The SMART resource server of a clinic: the `aud` of its tokens. */
export function audienceOf(url: string): string {
  return `${url}/fhir/R4`;
}

/** An app that is ready to ask for tokens: the clinic's discovery document has been read. */
export function openApp(
  { url, fetch }: Pick<Connection, 'url' | 'fetch'>,
  clientId: string,
  auth: ClientAuth = None(),
  metadata: Partial<ClientMetadata> = {},
): Promise<Configuration> {
  return discovery(new URL(url), clientId, metadata, auth, { [customFetch]: fetch as CustomFetch });
}
