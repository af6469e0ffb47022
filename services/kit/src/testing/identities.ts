import { testAuthority } from '@careplane/testing';
import { fetch } from 'undici';
import type { RequestInit, Response } from 'undici';
import type { TestCertificateRequest } from '@careplane/testing';
import type { Credentials } from '../tls/credentials.ts';
import { createTransport } from '../tls/transport.ts';

/** Stands in for the operator: certificates of services, signed by one authority. */
export interface TestIdentities {
  /** PEM of the authority. */
  readonly ca: string;
  /** A new certificate of a service. */
  credentials(service: string, request?: TestCertificateRequest): Promise<Credentials>;
  /** The entries of the binding `internal`; the callers by port. */
  entries(
    service: string,
    callers?: Readonly<Record<string, readonly string[]>>,
  ): Promise<Record<string, string>>;
}

/** The identity of a service in the namespace `clinic`. */
export function testSpiffeId(service: string): string {
  return `spiffe://cluster.local/ns/clinic/sa/${service}`;
}

/** An authority of its own, with certificates for localhost and 127.0.0.1. */
export async function createTestIdentities(): Promise<TestIdentities> {
  const authority = await testAuthority();
  const credentials: TestIdentities['credentials'] = async (service, request) => ({
    ...(await authority.issue({ uris: [testSpiffeId(service)], ...request })),
    authorities: authority.ca,
  });
  return {
    ca: authority.ca,
    credentials,
    async entries(service, callers = {}): Promise<Record<string, string>> {
      const ids = Object.entries(callers).map(([port, names]) => [port, names.map(testSpiffeId)]);
      return internalEntries(await credentials(service), Object.fromEntries(ids) as Record<string, string[]>);
    },
  };
}

/** Asks as a service would that has these credentials, over a connection of its own. */
export async function fetchAs(
  credentials: Credentials,
  url: string,
  init: RequestInit = {},
): Promise<Pick<Response, 'status' | 'headers'> & { text: string }> {
  const { dispatcher } = createTransport({ credentials: () => credentials });
  try {
    const response = await fetch(url, { ...init, dispatcher });
    return { status: response.status, headers: response.headers, text: await response.text() };
  } finally {
    await dispatcher.close();
  }
}

/** The entries of the binding `internal` with these credentials; callers by port, as SPIFFE IDs. */
export function internalEntries(
  { certificate, key, authorities }: Credentials,
  callers: Readonly<Record<string, readonly string[]>> = {},
): Record<string, string> {
  return {
    type: 'careplane-internal',
    'tls.crt': certificate,
    'tls.key': key,
    'ca.crt': authorities,
    'callers.json': JSON.stringify(callers),
  };
}
