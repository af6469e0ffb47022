import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  authorize,
  connect,
  DEMO_APP,
  openApp,
  type Connection,
  type Entered,
  type Entry,
} from '@careplane/demo';
import { buildEndSessionUrl, fetchUserInfo, refreshTokenGrant, tokenRevocation } from 'openid-client';
import { clinicReady, gateway, kubeconfig } from './src/cluster.ts';
import { admitPatient, enterClinic, type NewPatient } from './src/diary.ts';

const SCOPE = 'openid fhirUser launch/patient offline_access patient/Patient.rs patient/Appointment.rs';

describe('log-in through the gateway by openid-client', () => {
  let connection: Connection;
  let entered: Entered;
  let entry: Entry;
  let patient: NewPatient;

  beforeAll(async () => {
    await clinicReady();
    const { url, ca } = await gateway();
    connection = connect(url, ca);
    entered = await enterClinic(connection, kubeconfig);
    const { clientId, redirectUri } = DEMO_APP;
    entry = { app: await openApp(connection, clientId), redirectUri, scope: SCOPE };
    patient = await admitPatient(entered);
  }, 360_000);

  afterAll(async () => {
    await connection.close();
  });

  const logIn = (): ReturnType<typeof authorize> => authorize(connection, entry, patient);
  const readSelf = async (token: string): Promise<number> => {
    const path = `/fhir/R4/Patient/${patient.id}`;
    return (await connection.send({ method: 'GET', path, token })).status;
  };

  it('gives a code for PKCE, and tokens that the API takes', async () => {
    const tokens = await logIn();
    const subject = tokens.claims()?.sub ?? '';
    expect(await fetchUserInfo(entry.app, tokens.access_token, subject)).toMatchObject({ sub: subject });
    expect(tokens['patient']).toBe(patient.id);
    expect(await readSelf(tokens.access_token)).toBe(200);
  });

  it('refreshes; a refresh token that comes again ends its whole family', async () => {
    const first = await logIn();
    const second = await refreshTokenGrant(entry.app, first.refresh_token ?? '');
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(await readSelf(second.access_token)).toBe(200);
    await expect(refreshTokenGrant(entry.app, first.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(refreshTokenGrant(entry.app, second.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('takes a refresh token back', async () => {
    const { refresh_token: refreshToken = '' } = await logIn();
    await tokenRevocation(entry.app, refreshToken);
    await expect(refreshTokenGrant(entry.app, refreshToken)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('lets nobody in with a wrong password', async () => {
    const wrong = { ...patient, password: 'not the password' };
    await expect(authorize(connection, entry, wrong)).rejects.toMatchObject({ name: 'LogInRefused' });
  });

  it('logs out where the discovery document says', async () => {
    const { id_token: idToken = '' } = await logIn();
    const url = buildEndSessionUrl(entry.app, { id_token_hint: idToken });
    expect(url.href.startsWith(`${connection.url}/oauth2/`)).toBe(true);
    const answer = await connection.fetch(url.href, { headers: { accept: 'text/html' } });
    await answer.body?.cancel();
    expect(answer.status).toBe(200);
  });

  it('answers 401 to a token that it did not sign', async () => {
    const { access_token: token } = await logIn();
    const [head, claims, signature = ''] = token.split('.');
    const forged = [head, claims, signature.split('').reverse().join('')].join('.');
    expect(await readSelf(forged)).toBe(401);
  });
});
