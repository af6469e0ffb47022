/** Bytes that are there, as a request brings them. */
// eslint-disable-next-line @typescript-eslint/require-await -- a stream is asynchronous
export async function* given(...pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}
