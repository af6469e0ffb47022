import { describe, expect, it } from '@jest/globals';
import type { Session } from '../login/session.ts';
import type { Answer, Call } from './connection.ts';
import { FhirClient } from './fhir-client.ts';

const session = { token: () => Promise.resolve('token') } as unknown as Session;
const CREATED = 'https://clinic.test/fhir/R4/Appointment/1/_history/1';

/** A gateway that answers a create without the resource, and has it. */
function unshowing(): { readonly fhir: FhirClient; readonly asked: string[] } {
  const asked: string[] = [];
  const send = ({ method, path }: Call): Promise<Answer> => {
    asked.push(`${method} ${path}`);
    return Promise.resolve(
      method === 'POST'
        ? { status: 201, etag: 'W/"1"', location: CREATED, body: undefined }
        : { status: 200, etag: 'W/"1"', body: { id: '1' } },
    );
  };
  return { fhir: new FhirClient({ send }), asked };
}

describe('a create that is answered without its resource', () => {
  it('is read where it is', async () => {
    const { fhir, asked } = unshowing();
    const answer = await fhir.send(session, { method: 'POST', path: 'Appointment', body: {} });
    expect(answer).toMatchObject({ status: 201, etag: 'W/"1"', body: { id: '1' } });
    expect(asked).toEqual(['POST /fhir/R4/Appointment', 'GET /fhir/R4/Appointment/1/_history/1']);
  });

  it('is not read when that was asked for', async () => {
    const { fhir, asked } = unshowing();
    await fhir.send(session, { method: 'POST', path: 'Appointment', body: {}, prefer: 'return=minimal' });
    expect(asked).toHaveLength(1);
  });
});
