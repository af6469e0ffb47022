/**
 * Which of the texts are in the bytes: as UTF-8 or UTF-16, in any case of ASCII letters, in base64 at any offset (also base64url), in
 * hexadecimal digits, percent-encoded.
 */
export function findTexts(bytes: Buffer, texts: readonly string[]): string[] {
  const haystack = lowerCased(bytes);
  return texts.filter((text) =>
    needlesOf(text).some((needle) => bytes.includes(needle) || haystack.includes(needle)),
  );
}

function needlesOf(text: string): Buffer[] {
  const spellings = [...new Set([text, text.toLowerCase(), text.toUpperCase(), text.normalize('NFD')])];
  return spellings.flatMap((spelling) => {
    const utf8 = Buffer.from(spelling, 'utf8');
    const utf16 = Buffer.from(spelling, 'utf16le');
    const hex = utf8.toString('hex');
    const encoded = [...base64Forms(utf8), hex, hex.toUpperCase(), encodeURIComponent(spelling)];
    return [utf8, utf16, Buffer.from(utf16).swap16(), ...encoded.map((form) => Buffer.from(form, 'latin1'))];
  });
}

/** The part of the base64 text that does not depend on what stands around, for each of the three offsets. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const whole = padded.toString('base64').replace(/=+$/, '');
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor((padded.length * 8) / 6);
    const form = whole.slice(from, to);
    return form.length < 5 ? [] : [form, form.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function lowerCased(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte)));
}
