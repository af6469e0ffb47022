import { Tampered } from '@careplane/kit';
import { chunkCount } from './sizes.ts';
import type { ContentLength } from './sizes.ts';

/** Which chunks of a content a part has. */
export interface PartSpan {
  readonly first: number;
  readonly chunks: number;
}

/** @throws Tampered when the parts are not all of the content, each chunk once and in order */
export function requireWhole(parts: readonly PartSpan[], length: ContentLength): void {
  let next = 0;
  for (const { first, chunks } of parts) {
    if (first !== next || chunks < 1) throw new Tampered();
    next += chunks;
  }
  if (next !== chunkCount(length)) throw new Tampered();
}
