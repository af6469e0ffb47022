import { hash } from 'node:crypto';

/** JSON with sorted keys and without undefined fields: equal objects give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
  if (typeof value === 'object' && value !== null) return canonicalObject(value as Record<string, unknown>);
  return JSON.stringify(value ?? null);
}

/** Short digest of a JSON value, whatever the order of its keys. Tells changes apart; no security rests on it. */
export function digest(value: unknown): string {
  return textDigest(canonicalJson(value));
}

/** As {@link digest}, of letters and figures alone: the value of a label. */
export function labelDigest(value: unknown): string {
  return hash('sha256', canonicalJson(value), 'hex').slice(0, 24);
}

/** As {@link digest}, of a text. */
export function textDigest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22);
}

function canonicalObject(object: Record<string, unknown>): string {
  const fields: string[] = [];
  for (const name of Object.keys(object).sort())
    if (object[name] !== undefined) fields.push(`${JSON.stringify(name)}:${canonicalJson(object[name])}`);
  return `{${fields.join(',')}}`;
}
