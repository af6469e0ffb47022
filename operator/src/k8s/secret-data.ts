import type { Child, Secret } from './types.ts';

/** A Secret's `data` from plain texts. */
export function toData(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
}

/** A Secret of these texts. */
export function textSecret(
  name: string,
  texts: Readonly<Record<string, string>>,
  { type = 'Opaque', ...metadata }: { type?: string; annotations?: Record<string, string> } = {},
): Child {
  return { apiVersion: 'v1', kind: 'Secret', type, metadata: { name, ...metadata }, data: toData(texts) };
}

/** One entry of a Secret as text; `undefined` when it is absent or empty. */
export function secretText(secret: Secret | undefined, key: string): string | undefined {
  const encoded = secret?.data?.[key];
  return encoded === undefined || encoded === ''
    ? undefined
    : Buffer.from(encoded, 'base64').toString('utf8');
}
