import { describe } from '../../runtime/errors.ts';
import { ManagementError, type Change } from './management.ts';

/** One thing that the broker did not take; the others are served. */
export interface Refusal {
  /** A user, a queue, a binding, for people. */
  what: string;
  reason: string;
}

/** Requests in a row without any answer, after which the broker is given up: each costs its timeout. */
const SILENCE_LIMIT = 3;

/** Does one thing after the other, notes what fails, and goes on. */
export class Attempts {
  readonly refused: Refusal[] = [];
  readonly #signal: AbortSignal | undefined;
  #unanswered = 0;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /**
   * Whether it was done.
   * @throws when the login is refused, when the broker answers nothing at all any more, and what the signal was aborted with
   */
  async try(what: string, action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action();
      this.#unanswered = 0;
      return true;
    } catch (error) {
      this.#signal?.throwIfAborted();
      this.#unanswered = error instanceof ManagementError ? 0 : this.#unanswered + 1;
      if (isFatal(error) || this.#unanswered >= SILENCE_LIMIT) throw error;
      this.refused.push({ what, reason: describe(error) });
      return false;
    }
  }
}

/** Nothing can be done without a login. */
function isFatal(error: unknown): boolean {
  return error instanceof ManagementError && error.status === 401;
}

/** What a change is about, for people. */
export function subjectOf({ path }: Change): string {
  const [kind, ...rest] = path;
  const name = rest.at(-1) ?? '';
  switch (kind) {
    case 'users':
      return `user ${name}`;
    case 'permissions':
    case 'topic-permissions':
      return `permissions of user ${name}`;
    case 'bindings':
      return `bindings of queue ${rest[4] ?? ''}`;
    case 'queues':
      return `queue ${name}`;
    case 'exchanges':
      return `exchange ${name}`;
    default:
      return path.join(' ');
  }
}

/** Refusals as one sentence; each subject once. */
export function sentenceOf(refused: readonly Refusal[]): string {
  const bySubject = new Map(refused.map(({ what, reason }) => [what, reason]));
  const told = [...bySubject].slice(0, SHOWN).map(([what, reason]) => `${what} (${reason})`);
  const more = bySubject.size - told.length;
  return more === 0 ? told.join(', ') : `${told.join(', ')}, and ${more} more`;
}

/** Subjects in a message. */
const SHOWN = 5;
