/** Of the MongoDB driver and of ioredis, by name: drivers are not loaded for their classes. */
const NAMES: ReadonlySet<string> = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'MongoPoolClearedError',
  'MongoPoolClearedOnNetworkError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MaxRetriesPerRequestError',
]);

/** What ioredis says in plain errors, and what a server says that lets nobody in. */
const MESSAGES = /^(?:Connection is closed|Command timed out|WRONGPASS|NOAUTH|LOADING)/;

/** `AuthenticationFailed`: there is no connection without a login. */
const AUTHENTICATION_FAILED = 18;

/** Whether a database could not be reached or let nobody in. What it answers to a command is no such thing, and what the API server says neither. */
export function isConnectionError(error: unknown): boolean {
  if (!Error.isError(error)) return false;
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  const isOfNode = typeof code === 'string' && (syscall !== undefined || isOfTls(code));
  return isOfNode || code === AUTHENTICATION_FAILED || NAMES.has(error.name) || MESSAGES.test(error.message);
}

/** `CERT_HAS_EXPIRED`, `DEPTH_ZERO_SELF_SIGNED_CERT`, `ERR_TLS_CERT_ALTNAME_INVALID`, `ECONNRESET`, `UNABLE_TO_VERIFY_LEAF_SIGNATURE`. */
function isOfTls(code: string): boolean {
  return /CERT|TLS|SSL|VERIFY|^ECONN|^ETIMEDOUT|^EPROTO/.test(code);
}
