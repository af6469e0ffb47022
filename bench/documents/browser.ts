import type * as Library from '@careplane/documents';
import { openBrowserPage } from '../../clients/documents/src/fixtures/browser-page.ts';

declare const documents: typeof Library;

/** MB of content a second that pass through a page, by the clock. */
export interface BrowserSpeed {
  encrypt: number;
  decrypt: number;
}

/** @param hasAlgorithm whether the page may use the ChaCha20-Poly1305 of its WebCrypto; some browsers have none */
export async function browserSpeed(bytes: number, hasAlgorithm: boolean): Promise<BrowserSpeed> {
  const browser = await openBrowserPage();
  try {
    return await browser.page.evaluate(measure, { bytes, hasAlgorithm });
  } finally {
    await browser.close();
  }
}

/** Runs in the page. */
async function measure({
  bytes,
  hasAlgorithm,
}: {
  bytes: number;
  hasAlgorithm: boolean;
}): Promise<BrowserSpeed> {
  if (!hasAlgorithm) {
    const importKey = crypto.subtle.importKey.bind(crypto.subtle) as (
      ...args: unknown[]
    ) => Promise<CryptoKey>;
    const without = (...args: unknown[]): Promise<CryptoKey> =>
      args[2] === 'ChaCha20-Poly1305'
        ? Promise.reject(new DOMException('', 'NotSupportedError'))
        : importKey(...args);
    Object.assign(crypto.subtle, { importKey: without });
  }
  const key = await documents.generateKey();
  const to = [documents.recipient(await documents.publicKeyOf(key))];
  const content = new Blob([new Uint8Array(bytes)]);
  const speedOf = async (work: () => Promise<ReadableStream<Uint8Array>>): Promise<[number, Uint8Array]> => {
    const begun = performance.now();
    const written = await documents.collect(await work());
    return [bytes / 1000 / (performance.now() - begun), written];
  };
  await speedOf(() => documents.encrypt(new Blob([new Uint8Array(1e6)]).stream(), to));
  const [encrypt, file] = await speedOf(() => documents.encrypt(content.stream(), to));
  const sealed = new Blob([file.slice()]);
  const [decrypt] = await speedOf(() => documents.decrypt(sealed.stream(), [documents.identity(key)]));
  return { encrypt, decrypt };
}
