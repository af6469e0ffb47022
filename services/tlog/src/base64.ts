/** The bytes of standard base64 (RFC 4648, 4), or undefined for any other text: Node skips over what is no base64. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
