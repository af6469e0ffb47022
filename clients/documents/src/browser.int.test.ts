import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Page } from 'playwright-core';
import { collect, streamOf } from './bytes.ts';
import { decrypt, encrypt } from './documents.ts';
import { openBrowserPage, type BrowserPage } from './fixtures/browser-page.ts';
import { contentOf, LENGTHS } from './fixtures/content.ts';
import { splitFile } from './header.ts';
import { generateKey, identity, publicKeyOf } from './identities.ts';
import type * as Library from './index.ts';
import { recipient } from './recipients.ts';
import { kindOf } from './stanza-types.ts';

jest.setTimeout(120_000);

/** What the page has: the library, as a browser loads it. */
declare const documents: typeof Library;

/** Bytes pass to a page and back as base64. */
declare global {
  interface Uint8Array {
    toBase64(): string;
  }
  interface Uint8ArrayConstructor {
    fromBase64(text: string): Uint8Array<ArrayBuffer>;
  }
}

describe('in chromium', () => {
  let browser: BrowserPage;
  let page: Page;
  beforeAll(async () => {
    browser = await openBrowserPage();
    page = browser.page;
  });
  afterAll(() => browser.close());

  it.each(LENGTHS)('encrypts %d bytes that Node opens', async (length) => {
    const key = await generateKey();
    const given = { to: await publicKeyOf(key), content: contentOf(length).toBase64() };
    const file = await page.evaluate(async ({ to, content }) => {
      const body = new Blob([Uint8Array.fromBase64(content)]).stream();
      const encrypted = await documents.encrypt(body, [documents.recipient(to)]);
      return (await documents.collect(encrypted)).toBase64();
    }, given);
    const opened = await decrypt(streamOf(Uint8Array.fromBase64(file)), [identity(key)]);
    expect(Buffer.compare(await collect(opened), contentOf(length))).toBe(0);
  });

  it.each(LENGTHS)('opens %d bytes that Node has encrypted', async (length) => {
    const key = await generateKey();
    const file = await collect(
      await encrypt(streamOf(contentOf(length)), [recipient(await publicKeyOf(key))]),
    );
    const content = await page.evaluate(
      async (given) => {
        const body = new Blob([Uint8Array.fromBase64(given.file)]).stream();
        const decrypted = await documents.decrypt(body, [documents.identity(given.key)]);
        return (await documents.collect(decrypted)).toBase64();
      },
      { key, file: file.toBase64() },
    );
    expect(Buffer.compare(Uint8Array.fromBase64(content), contentOf(length))).toBe(0);
  });

  it('refuses what was changed, and says so by code', async () => {
    const key = await generateKey();
    const file = await collect(await encrypt(streamOf(contentOf(100)), [recipient(await publicKeyOf(key))]));
    file[file.length - 20] = (file[file.length - 20] ?? 0) ^ 1;
    const code = await page.evaluate(
      async (given) => {
        const body = new Blob([Uint8Array.fromBase64(given.file)]).stream();
        const decrypted = await documents.decrypt(body, [documents.identity(given.key)]);
        return documents.collect(decrypted).then(
          () => 'opened',
          (error: unknown) => (error instanceof documents.DocumentError ? error.code : String(error)),
        );
      },
      { key, file: file.toBase64() },
    );
    expect(code).toBe('payload-tampered');
  });

  it('encrypts to a passkey, opens with it, and shares with a key that Node holds', async () => {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    const authenticator = {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      hasPrf: true,
      automaticPresenceSimulation: true,
    } as const;
    await devtools.send('WebAuthn.addVirtualAuthenticator', { options: authenticator });
    const key = await generateKey();
    const { opened, file } = await page.evaluate(
      async (to) => {
        const passkey = await documents.createPasskey({ name: 'Documents of the clinic' });
        const body = new Blob(['for the patient']).stream();
        const { header, payload } = await documents.seal(body, [documents.passkeyRecipient(passkey)]);
        const [own, kept] = payload.tee();
        const holder = [documents.passkeyIdentity(passkey)];
        const content = await documents.collect(await documents.open({ header, payload: own }, holder));
        const opened = new TextDecoder().decode(content);
        const shared = await documents.rewrap(header, holder, [
          documents.passkeyRecipient(passkey),
          documents.recipient(to),
        ]);
        const file = await documents.collect(documents.joinFile(shared, kept));
        return { opened, file: file.toBase64() };
      },
      await publicKeyOf(key),
    );
    expect(opened).toBe('for the patient');
    const bytes = Uint8Array.fromBase64(file);
    const { header } = await splitFile(streamOf(bytes));
    expect(header.stanzas.map(kindOf)).toEqual(['passkey', 'hybrid']);
    const content = await collect(await decrypt(streamOf(bytes), [identity(key)]));
    expect(Buffer.from(content).toString()).toBe('for the patient');
  });
});
