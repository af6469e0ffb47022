/**
 * Joins texts to bytes so that no two lists give the same ones: each text is preceded by its length in bytes (32 bits), the
 * list by its number of texts. `a|b` joined with `c` and `a` joined with `b|c` differ.
 */
export function framed(texts: readonly string[]): Buffer {
  const parts: Buffer[] = [lengthOf(texts.length)];
  for (const text of texts) {
    const bytes = Buffer.from(text, 'utf8');
    parts.push(lengthOf(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}
