export {
  createPasskey,
  generateKey,
  identity,
  passkeyIdentity,
  passphraseIdentity,
  publicKeyOf,
} from './identities.ts';
export type { Identity, KeyKind, PasskeyOptions } from './identities.ts';
export { passkeyRecipient, passphraseRecipient, recipient } from './recipients.ts';
export type { PassphraseOptions, Recipient } from './recipients.ts';
export { decrypt, encrypt, open, rewrap, seal } from './documents.ts';
export type { SealedDocument } from './documents.ts';
export { joinFile, MAX_HEADER_BYTES, MAX_RECIPIENTS, parseHeader, splitFile } from './header.ts';
export type { Header } from './header.ts';
export { isGrease, kindOf } from './stanza-types.ts';
export type { RecipientKind } from './stanza-types.ts';
export { decodeArmor, encodeArmor, withoutArmor } from './armor.ts';
export { payloadSize } from './payload.ts';
export { fingerprint } from './fingerprint.ts';
export { DocumentError } from './document-error.ts';
export type { DocumentErrorCode } from './document-error.ts';
export { collect, streamOf } from './bytes.ts';
export type { Bytes, ByteStream } from './bytes.ts';
export { generateSigningKey, signer, verifier } from './note-key.ts';
export type { Signer, Verifier } from './note-key.ts';
export { digesting, sign, signedDigest, verify } from './signature.ts';
export type { SignedParts } from './signature.ts';
export { encryptionKeys, newKeys } from './key-directory.ts';
export type { PublishedKey } from './key-directory.ts';
export { digestOf, DocumentServer } from './document-server.ts';
export type { ListedKey, NewKey, PartOfServer, UploadOptions } from './document-server.ts';
export type { DocumentServerOptions } from './server-calls.ts';
export { ServerError } from './server-error.ts';
export type { FileUploadOptions, Transfer } from './server-upload.ts';
