import { MongoError, MongoNetworkError, MongoServerSelectionError } from 'mongodb';
import { CHANGING_PRIMARY } from './primary-codes.ts';

/** Server error codes (mongo/src/mongo/base/error_codes.yml). */
const DUPLICATE_KEY = 11_000;
const WRITE_CONFLICT = 112;
const NAMESPACE_EXISTS = 48;
const COLLECTION_UUID_MISMATCH = 361;

/** A unique index refused a write. */
export function isDuplicateKey(error: unknown): error is MongoError {
  return hasCode(error, DUPLICATE_KEY);
}

/** Another transaction, still open, has written the same document or key. */
export function isWriteConflict(error: unknown): boolean {
  return hasCode(error, WRITE_CONFLICT);
}

/** The collection is there already. */
export function isNamespaceExists(error: unknown): boolean {
  return hasCode(error, NAMESPACE_EXISTS);
}

/** The collection of this name is not the one whose UUID the command carries. */
export function isOtherCollection(error: unknown): boolean {
  return hasCode(error, COLLECTION_UUID_MISMATCH);
}

/** The driver knows no server that it may use. */
export function isNotSelectable(error: unknown): boolean {
  return error instanceof MongoServerSelectionError;
}

/** A write met a primary that goes, or its connection broke: it may have been done, and can be repeated if that does no harm. */
export function isChangeOfPrimary(error: unknown): boolean {
  if (error instanceof MongoNetworkError) return true;
  return error instanceof MongoError && CHANGING_PRIMARY.has(error.code);
}

/** The server may have committed the transaction, or may not. */
export function isUnknownCommit(error: unknown): boolean {
  return error instanceof MongoError && error.hasErrorLabel('UnknownTransactionCommitResult');
}

function hasCode(error: unknown, code: number): error is MongoError {
  return error instanceof MongoError && error.code === code;
}
