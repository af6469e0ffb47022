/** The kinds of recipients, by the first word of their stanzas. A header shows nothing else of a recipient: keys are not in it. */
const KINDS = {
  X25519: 'x25519',
  mlkem768x25519: 'hybrid',
  p256tag: 'tag',
  mlkem768p256tag: 'hybrid-tag',
  scrypt: 'passphrase',
  'age-encryption.org/fido2prf': 'passkey',
  'ssh-ed25519': 'ssh',
  'ssh-rsa': 'ssh',
} as const;

/** How a recipient holds their key. `other`: of a plugin that this library does not know. */
export type RecipientKind = (typeof KINDS)[keyof typeof KINDS] | 'other';

/** The kind of a recipient. */
export function kindOf(stanza: { readonly args: readonly string[] }): RecipientKind {
  const [type = ''] = stanza.args;
  return Object.hasOwn(KINDS, type) ? KINDS[type as keyof typeof KINDS] : 'other';
}

/** age writes one with a random name, so that readers learn to pass over what they do not know. It wraps nothing. */
export function isGrease(stanza: { readonly args: readonly string[] }): boolean {
  return stanza.args[0]?.endsWith('-grease') ?? false;
}
