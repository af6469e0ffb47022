/** How long what it says may be taken for true; RFC 9116, 2.5.5 advises less than a year. */
const VALID_MS = 180 * 24 * 3_600_000;

/** Whom to tell about a weakness (RFC 9116). */
export function securityTxt(
  { contact, publicUrl }: { readonly contact: string; readonly publicUrl?: string | undefined },
  now = new Date(),
): string {
  const expires = new Date(now.getTime() + VALID_MS);
  expires.setUTCHours(0, 0, 0, 0);
  const lines = [`Contact: ${contact}`, `Expires: ${expires.toISOString()}`, 'Preferred-Languages: en'];
  if (publicUrl !== undefined)
    lines.push(`Canonical: ${publicUrl.replace(/\/$/, '')}/.well-known/security.txt`);
  return `${lines.join('\n')}\n`;
}
