/** What kept a document from being written or read. Messages never quote a key, a passphrase or content. */
export type DocumentErrorCode =
  /** The file is no age file, or its header breaks the format. */
  | 'header-malformed'
  /** The header is not the one that its sender wrote: its HMAC differs. */
  | 'header-tampered'
  /** None of the identities is one of the recipients. */
  | 'no-matching-identity'
  /** The content was changed, cut, continued or reordered. */
  | 'payload-tampered'
  /** The text form (`-----BEGIN AGE ENCRYPTED FILE-----`) is broken. */
  | 'armor-malformed'
  | 'recipient-invalid'
  | 'identity-invalid'
  /** These recipients may not share one document. */
  | 'recipients-not-mixable'
  /** The signature is not of this document or not of this sender. */
  | 'signature-invalid';

/** An error of this library: `code` for programs, the message for people. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
  readonly code: DocumentErrorCode;

  constructor(code: DocumentErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
