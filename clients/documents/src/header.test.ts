import { describe, expect, it } from '@jest/globals';
import { concat, streamOf } from './bytes.ts';
import { DocumentError } from './document-error.ts';
import { rewrap, seal } from './documents.ts';
import { failing, person, read, sealed } from './fixtures/people.ts';
import { MAX_HEADER_BYTES, MAX_RECIPIENTS, parseHeader, splitFile } from './header.ts';
import { generateKey, publicKeyOf } from './identities.ts';
import { recipient } from './recipients.ts';
import { kindOf } from './stanza-types.ts';

describe('a header', () => {
  it('is refused after a change of any byte', async () => {
    const ann = await person();
    const { header, payload } = await sealed(10, ann);
    for (let at = 0; at < header.length; at += 1) {
      const changed = header.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      await expect(read(concat([changed, payload]), ann.identity)).rejects.toBeInstanceOf(DocumentError);
    }
  });

  it('is refused when it is cut anywhere', async () => {
    const { header } = await sealed(10, await person());
    for (let end = 0; end < header.length; end += 1)
      await failing('header-malformed', parseHeader(header.subarray(0, end)));
  });

  it('is refused without one of its recipients', async () => {
    const [ann, ben] = [await person(), await person()];
    const { header } = await sealed(10, ann, ben);
    const lines = Buffer.from(header).toString().split('\n');
    const without = Buffer.from(lines.toSpliced(1, 2).join('\n'));
    await failing('header-tampered', rewrap(without, [ben.identity], [ben.recipient]));
  });

  it('shows the kinds of its recipients, not who they are', async () => {
    const key = await generateKey('x25519');
    const publicKey = await publicKeyOf(key);
    const { header } = await seal(streamOf(), [recipient(publicKey)]);
    expect((await parseHeader(header)).stanzas.map(kindOf)).toEqual(['x25519']);
    expect(Buffer.from(header).toString()).not.toContain(publicKey.slice(4, 20));
  });

  it('has an end: a file from elsewhere is read only so far', async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(Buffer.from('age-encryption.org/v1\n-> X '));
      },
      pull(controller): void {
        pulled += 1;
        controller.enqueue(new Uint8Array(1024).fill(65));
      },
    });
    await failing('header-malformed', splitFile(endless));
    expect(pulled).toBeLessThan(MAX_HEADER_BYTES / 1024 + 3);
  });

  it('is missed at once in a file that is not of age', async () => {
    let pulled = 0;
    const film = new ReadableStream<Uint8Array>({
      pull(controller): void {
        pulled += 1;
        controller.enqueue(new Uint8Array(1024));
      },
    });
    await failing('header-malformed', splitFile(film));
    expect(pulled).toBeLessThan(4);
  });

  it('stands alone: nothing may follow one that is kept apart', async () => {
    const { header, payload } = await sealed(10, await person());
    await failing('header-malformed', parseHeader(concat([header, payload])));
  });
});

it('a header with a flood of recipients is refused', async () => {
  const flood = (count: number): Uint8Array =>
    Buffer.from(`age-encryption.org/v1\n${'-> a\n\n'.repeat(count)}--- ${'A'.repeat(43)}\n`);
  expect((await parseHeader(flood(MAX_RECIPIENTS))).stanzas).toHaveLength(MAX_RECIPIENTS);
  await failing('header-malformed', parseHeader(flood(MAX_RECIPIENTS + 1)));
});
