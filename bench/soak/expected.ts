/** Log lines of level warn or error that the soak causes, and why. Any other line fails the soak. */
export const EXPECTED: readonly { pattern: RegExp; reason: string }[] = [
  { pattern: /^the watch broke$/, reason: 'connections are cut and the API server is killed' },
  { pattern: /^the list failed$/, reason: 'the API server is killed' },
  { pattern: /^the watch was silent, listing again$/, reason: 'connections are frozen' },
  { pattern: /^the lease could not be (read or written|released)$/, reason: 'the API server is killed' },
  {
    pattern: /^leadership may be lost, writing nothing more$/,
    reason: 'the API server is away longer than a lease',
  },
  {
    pattern: /^what is under way takes too long, giving it up$/,
    reason: 'stopped while the API server is away',
  },
  { pattern: /^an event could not be written$/, reason: 'the API server is killed' },
  { pattern: /^the failure could not be shown in the status$/, reason: 'the API server is killed' },
  { pattern: /^definitions? cannot be read/, reason: 'the API server is killed' },
  { pattern: /^a definition cannot be read$/, reason: 'the API server is killed' },
];

/** Errors with which a reconcile may fail and be retried. */
export const EXPECTED_FAILURES: readonly { pattern: RegExp; reason: string }[] = [
  { pattern: /no answer from the API server/, reason: 'the API server is killed, connections are cut' },
  { pattern: /leadership may be lost|lease/i, reason: 'writes are fenced when the lease may be lost' },
  {
    pattern: /: 409 Conflict/,
    reason: 'another client wrote between our read and our write; the retry reads again',
  },
  { pattern: /: 404 NotFound/, reason: 'the object was deleted meanwhile' },
  { pattern: /: (429|500|503|504) /, reason: 'the API server starts or stops' },
  {
    pattern: /: 403 Forbidden.*(not yet|RBAC|starting|poststarthook)/i,
    reason: 'the API server has just started and has not read its roles',
  },
];

export interface LogLine {
  level: string;
  message: string;
  error?: string;
}

/** The reason why the soak expects the line; `undefined` when it does not. */
export function explanationOf({ message, error = '' }: LogLine): string | undefined {
  if (message === 'the reconcile failed and is tried again')
    return EXPECTED_FAILURES.find(({ pattern }) => pattern.test(error))?.reason;
  return EXPECTED.find(({ pattern }) => pattern.test(message))?.reason;
}
