import { GROUP } from '../api/group.ts';
import { textDigest } from '../runtime/apply/digest.ts';
import type { KubeObject } from '../runtime/kube.ts';
import type { Child, Secret } from './types.ts';

/** The entry with the authorities that whoever mounts the Secret trusts, PEM. */
const TRUSTED = 'ca.crt';
/** Digest of them, in the metadata, which are cached. */
const TRUST_ANNOTATION = `${GROUP}/trusts`;

/** A Secret's `data` from plain texts. */
export function toData(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  );
}

/** What {@link trustOf} says of a Secret with these authorities. */
export function trustDigest(bundle: string): string {
  return textDigest(bundle);
}

/** Tells which authorities a Secret holds, by its metadata alone; `undefined` when it says nothing of any. */
export function trustOf({ metadata }: KubeObject): string | undefined {
  return metadata.annotations?.[TRUST_ANNOTATION];
}

/** A Secret of these texts. */
export function textSecret(
  name: string,
  texts: Readonly<Record<string, string>>,
  { type = 'Opaque', annotations: given }: { type?: string; annotations?: Record<string, string> } = {},
): Child {
  const bundle = texts[TRUSTED];
  const trust = bundle === undefined ? {} : { [TRUST_ANNOTATION]: trustDigest(bundle) };
  const annotations = { ...given, ...trust };
  const metadata = Object.keys(annotations).length === 0 ? { name } : { name, annotations };
  return { apiVersion: 'v1', kind: 'Secret', type, metadata, data: toData(texts) };
}

/** One entry of a Secret as text; `undefined` when it is absent or empty. */
export function secretText(secret: Secret | undefined, key: string): string | undefined {
  const encoded = secret?.data?.[key];
  return encoded === undefined || encoded === ''
    ? undefined
    : Buffer.from(encoded, 'base64').toString('utf8');
}
