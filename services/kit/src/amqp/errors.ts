/** No connection or channel now, or it went away before the broker confirmed: it may or may not have happened. */
export class AmqpUnavailableError extends Error {
  override readonly name = 'AmqpUnavailableError';
}

/** The broker took the message and found no queue for it: it is lost unless the sender keeps it. */
export class UnroutableError extends Error {
  override readonly name = 'UnroutableError';
}

/** The broker refused the message, or did not confirm it in time. */
export class NotConfirmedError extends Error {
  override readonly name = 'NotConfirmedError';
}

/** A message that can never be handled. `reason` is a code (`unknown-patient`): it becomes `x-careplane-reason`. */
export class Poison extends Error {
  override readonly name = 'Poison';
  readonly reason: string;

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
    this.reason = reason;
  }
}
