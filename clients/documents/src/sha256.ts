import type { Bytes } from './bytes.ts';

/** A SHA-256 of bytes that come in parts. */
export interface Sha256 {
  update(bytes: Uint8Array): void;
  digest(): Bytes;
}

/** `#sha256` gives that of Node, or one in JavaScript. */
export type CreateSha256 = () => Sha256;
