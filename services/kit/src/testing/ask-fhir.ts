import { FHIR_BASE } from '../fhir/base-url.ts';

/** An answer below the FHIR base, with its JSON. */
export interface FhirAnswer<B extends object = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: B;
}

export interface FhirQuestion {
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks a service as the owner of a token: `askFhir(url, token, 'GET Patient?name=x')`; `POST` alone is to the base itself. */
export async function askFhir<B extends object = Record<string, unknown>>(
  url: string,
  token: string,
  line: string,
  { body, headers = {} }: FhirQuestion = {},
): Promise<FhirAnswer<B>> {
  const [method = 'GET', path] = line.split(' ');
  const response = await fetch(`${url}${FHIR_BASE}${path === undefined ? '' : `/${path}`}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text || '{}') as B };
}
