import type { MongoServerError } from 'mongodb';

/**
 * A member that has no configuration of a set that it belongs to.
 * https://github.com/mongodb/mongo/blob/v6.0/src/mongo/base/error_codes.yml
 */
export const NO_CONFIG = {
  /** NotYetInitialized. */
  neverInitiated: 94,
  /** InvalidReplicaSetConfig: it was removed, or not yet let in. */
  notPartOfIt: 93,
} as const;

/** By name: the driver is not loaded for its classes. */
export function isServerError(error: unknown, code: number): error is MongoServerError {
  return Error.isError(error) && error.name === 'MongoServerError' && 'code' in error && error.code === code;
}
