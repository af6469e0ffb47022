import type { Bindings } from '@careplane/kit';

/** The secret that the operator generates for identity (`spec.secrets`). */
export const KEYS_SECRET = 'identity-keys';
/** A generated key holds far more; less is a mistake in the declaration. */
export const SHORTEST = 16;

/** The current and the former secrets of a key. Former ones (`<name>Previous`) are separated by commas. @throws TypeError */
export function keySecrets(bindings: Pick<Bindings, 'secret'>, name: string): string[] {
  const entries = bindings.secret(KEYS_SECRET);
  const former = (entries[`${name}Previous`] ?? '').split(',').map((text) => text.trim());
  const secrets = [entries[name] ?? '', ...former.filter((text) => text !== '')];
  if (secrets.some((secret) => secret.length < SHORTEST)) {
    throw new TypeError(`${KEYS_SECRET}: ${name} or ${name}Previous is missing or short`);
  }
  return [...new Set(secrets)];
}
