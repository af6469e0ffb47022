import { Invalid } from '../../http/errors.ts';

/** A parameter as it was sent, decoded. */
export interface Pair {
  readonly name: string;
  readonly value: string;
}

const MOST_PAIRS = 64;
const LONGEST = 32_768;

/**
 * The parameters of a query or a form, in order, repeated ones too.
 * @throws Invalid for escapes that are no UTF-8 and for more than a search needs
 */
export function pairsOf(text: string): Pair[] {
  if (text.length > LONGEST) throw new Invalid([{ path: 'http.query', message: 'too long' }]);
  const parts = text.split('&').filter((part) => part !== '');
  if (parts.length > MOST_PAIRS) throw new Invalid([{ path: 'http.query', message: 'too many parameters' }]);
  return parts.map((part) => {
    const at = part.indexOf('=');
    const name = decode(at === -1 ? part : part.slice(0, at));
    return { name, value: decode(at === -1 ? '' : part.slice(at + 1)) };
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Invalid([{ path: 'http.query', message: 'an escape is not UTF-8' }]);
  }
}

/** The parameters as a query. */
export function queryOf(pairs: readonly Pair[]): string {
  return pairs.map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
}
