/** Shorter ones turn up in random bytes: a given text of five is in a gigabyte of them once in a thousand times. */
const SHORTEST = 5;

/**
 * The bytes as which a text may be written: UTF-8 and UTF-16, lower-cased and upper-cased, composed and decomposed, in base64 at any
 * offset (also base64url), in hexadecimal digits, percent-encoded, escaped as in JSON.
 * @throws RangeError for a text that is too short to tell anything
 */
export function spellingsOf(text: string): Buffer[] {
  if (Buffer.byteLength(text) < SHORTEST)
    throw new RangeError(`a text of less than ${String(SHORTEST)} bytes is found in anything`);
  const cases = [text, text.toLowerCase(), text.toUpperCase()];
  const spellings = new Set(cases.flatMap((one) => [one.normalize('NFC'), one.normalize('NFD')]));
  const forms = [...spellings].flatMap((spelling) => {
    const utf8 = Buffer.from(spelling, 'utf8');
    const utf16 = Buffer.from(spelling, 'utf16le');
    const hex = utf8.toString('hex');
    const encoded = [
      ...base64Forms(utf8),
      hex,
      hex.toUpperCase(),
      encodeURIComponent(spelling),
      escaped(spelling),
    ];
    return [utf8, utf16, Buffer.from(utf16).swap16(), ...encoded.map((form) => Buffer.from(form, 'latin1'))];
  });
  return [...new Map(forms.map((form) => [form.toString('latin1'), form])).values()];
}

/** As JSON of those programs that write ASCII only. */
function escaped(text: string): string {
  return text.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The part of the base64 text that does not depend on what stands around, for each of the three offsets. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes]);
    const whole = padded.toString('base64').replace(/=+$/, '');
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor((padded.length * 8) / 6);
    const form = whole.slice(from, to);
    return form.length <= SHORTEST ? [] : [form, form.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
