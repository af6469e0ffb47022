export { encodeBundle, parseBundle } from './bundle.ts';
export { checkpointText, openCheckpoint, parseCheckpoint, signCheckpoint } from './checkpoint.ts';
export type { Checkpoint, SignedCheckpoint } from './checkpoint.ts';
export { cosign, cosignatureOf } from './cosignature.ts';
export type { Cosignature } from './cosignature.ts';
export { encodeEntry, ENTRY_BYTES, parseEntry } from './entry.ts';
export type { LogEntry } from './entry.ts';
export { Malformed, NotVerified } from './errors.ts';
export { GrowingTree, growingTreeFrom } from './growing-tree.ts';
export type { Edge } from './growing-tree.ts';
export { EMPTY_ROOT, HASH_BYTES, isSameHash, leafHash, nodeHash, sha256 } from './hash.ts';
export {
  encodeSigningKey,
  encodeVerifierKey,
  generateSigningKey,
  parseSigningKey,
  parseVerifierKey,
  signingKeyFromSeed,
} from './keys.ts';
export type { Algorithm, SigningKey, VerifierKey } from './keys.ts';
export { formatNote, formatSignature, parseNote, parseSignatures, signatureOf, verifyNote } from './note.ts';
export type { NoteSignature, SignedNote } from './note.ts';
export { verifyConsistency, verifyInclusion } from './proof.ts';
export type { TreeHead } from './proof.ts';
export { hashesOf, parseTilePath, tilePath, tilesOf, TILE_WIDTH, widthIn } from './tile.ts';
export type { FullTile, TileId } from './tile.ts';
export { consistencyProof, inclusionProof, rootFromTiles } from './tiled-tree.ts';
export type { ReadTile } from './tiled-tree.ts';
export { formatAddCheckpoint, parseAddCheckpoint } from './add-checkpoint.ts';
export type { AddCheckpoint } from './add-checkpoint.ts';
