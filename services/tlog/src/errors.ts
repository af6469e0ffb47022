/** Bytes or text that are not in the format they should be in. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/** Hashes, sizes or signatures that do not belong together: what a verifier must not believe. */
export class NotVerified extends Error {
  override readonly name = 'NotVerified';
}
