import { keyValues as valuesIn } from '@careplane/kit';
import type { Bindings, KeyValues } from '@careplane/kit';

export { allKeys as allOf } from '@careplane/kit';
export type { KeyValues } from '@careplane/kit';

/** The secret that the operator generates for identity (`spec.secrets`). */
export const KEYS_SECRET = 'identity-keys';
/** A generated key holds far more; less is a mistake in the declaration. */
export const SHORTEST = 16;

/** The values of one of identity's keys. @throws TypeError */
export function keyValues(bindings: Pick<Bindings, 'secret'>, name: string): KeyValues {
  return valuesIn(bindings, { secret: KEYS_SECRET, name });
}
