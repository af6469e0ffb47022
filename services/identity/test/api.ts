import { randomUUID } from 'node:crypto';

/** An answer with its JSON body. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface Call {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** Sends JSON and reads JSON. */
export async function call(base: string, line: string, { token, body, headers }: Call = {}): Promise<Answer> {
  const [method = 'GET', path = '/'] = line.split(' ');
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text ? JSON.parse(text) : {}) as Answer['body'],
  };
}

export const PASSWORD = 'correct horse battery';

/** A patient to register, with an address nobody else has. */
export function newPatient(over: Record<string, unknown> = {}): Record<string, unknown> & { email: string } {
  const email = `waltraud.${randomUUID()}@mail.example`;
  const body = {
    resourceType: 'Patient',
    identifier: [{ system: 'https://github.com/synthetichealth/synthea', value: randomUUID() }],
    name: [{ family: 'Quellenbusch', given: ['Waltraud'] }],
    birthDate: '1961-04-12',
    gender: 'female',
    telecom: [{ system: 'email', value: email }],
    password: PASSWORD,
    ...over,
  };
  return Object.defineProperty(body, 'email', {
    value: email,
    enumerable: false,
  }) as unknown as typeof body & {
    email: string;
  };
}

/** Logs in. @throws Error when it is refused. */
export async function logIn(base: string, username: string, password: string): Promise<string> {
  const { status, body } = await call(base, 'POST /v1/tokens', { body: { username, password } });
  if (status !== 200) throw new Error(`login answered ${status}`);
  return body['access_token'] as string;
}
