import { describe, expect, it } from '@jest/globals';
import { createAead as ofNode } from './aead-node.ts';
import { createAead as ofBrowser, inJavaScript } from './aead-web.ts';
import type { CreateAead } from './aead.ts';

/** RFC 8439, A.5 without its associated data would have another tag: these were made by OpenSSL and are compared among three implementations. */
const ways: [string, CreateAead][] = [
  ['OpenSSL of Node', ofNode],
  ['WebCrypto', ofBrowser],
  ['JavaScript', (key) => Promise.resolve(inJavaScript(key))],
];

describe.each(ways)('ChaCha20-Poly1305 by %s', (_, createAead) => {
  const key = new Uint8Array(32).map((__, n) => n);
  const nonce = new Uint8Array(12).fill(7);

  it.each([0, 1, 64, 65_536])('seals %d bytes as the others do', async (length) => {
    const plaintext = new Uint8Array(length).fill(3);
    const [aead, reference] = [await createAead(key), await ofNode(key)];
    const sealed = await aead.seal(nonce, plaintext);
    expect(Buffer.compare(sealed, await reference.seal(nonce, plaintext))).toBe(0);
    expect(Buffer.compare(await aead.open(nonce, sealed), plaintext)).toBe(0);
  });

  it('opens nothing that has changed', async () => {
    const aead = await createAead(key);
    const sealed = await aead.seal(nonce, new Uint8Array(10));
    const open = async (changed: Uint8Array, by = nonce): Promise<unknown> => aead.open(by, changed);
    for (let at = 0; at < sealed.length; at += 1)
      await expect(open(sealed.map((byte, n) => (n === at ? byte ^ 1 : byte)))).rejects.toThrow();
    await expect(open(sealed, new Uint8Array(12))).rejects.toThrow();
  });
});
