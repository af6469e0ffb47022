/**
 * Codes of a server that is no primary, steps down or shuts down, while another one takes over: ShutdownInProgress,
 * PrimarySteppedDown, NotWritablePrimary, InterruptedAtShutdown, InterruptedDueToReplStateChange, NotPrimaryNoSecondaryOk.
 * Beside the driver, so that a service without a database loads none.
 */
export const CHANGING_PRIMARY: ReadonlySet<unknown> = new Set([91, 189, 10107, 11600, 11602, 13435]);
