import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { addAccount, addApp, authorizationRequest, logInToApp, startOidc } from '../../test/oidc.ts';
import type { OidcGround } from '../../test/oidc.ts';
import type { ArtifactRecord } from './artifacts.ts';

jest.setTimeout(60_000);

describe('the grants of an app of the clinic', () => {
  let clinic: OidcGround;
  beforeAll(async () => {
    clinic = await startOidc();
  }, 120_000);
  afterAll(() => clinic.stop());

  it('are kept with their patient when a code is given, and only then', async () => {
    const { clientId } = await addApp(clinic, { scopes: ['launch/patient', 'patient/*.rs'] });
    const account = await addAccount(clinic);
    const grants = async (): Promise<string[]> => {
      const [artifacts = []] = JSON.parse(await clinic.ground.dump(['oidc_artifacts'])) as ArtifactRecord[][];
      const own = artifacts.filter((one) => one.model === 'Grant' && one.accountId === account.id);
      return own.map(({ payload }) => String((JSON.parse(payload) as { patient?: string }).patient));
    };
    const asked = { scope: 'launch/patient patient/*.rs', nonce: undefined };
    const { browser, tokens } = await logInToApp(clinic, clientId, account, asked);
    expect([tokens['patient'], await grants()]).toEqual([
      account.person.replace('Patient/', ''),
      [tokens['patient']],
    ]);
    const nothing = authorizationRequest(clinic, clientId, { ...asked, scope: 'user/*.cud' });
    expect((await browser.get(nothing.url)).left?.searchParams.get('error')).toBe('access_denied');
    expect(await grants()).toHaveLength(1);
  });
});
