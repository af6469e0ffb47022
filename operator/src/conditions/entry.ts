/** Why a condition is as it is. */
export interface ReasonEntry {
  status: 'True' | 'False' | 'Unknown';
  /** What it means and why it comes. */
  means: string;
  /** What to do; absent where nothing is to be done. */
  todo?: string;
  /** Page of the documentation, from the repository's root. */
  page?: string;
}

/** A condition of one or more kinds, with every reason that the operator gives for it. */
export interface ConditionEntry {
  type: string;
  /** Kinds that have it; `every kind` for the machinery's own. */
  kinds: readonly string[];
  means: string;
  /** `Ready` does not depend on it. */
  informs?: true;
  reasons: Readonly<Record<string, ReasonEntry>>;
}

/** A reason of events that is not the reason of a condition. */
export interface EventEntry {
  reason: string;
  kinds: readonly string[];
  means: string;
  todo?: string;
  page?: string;
}

export function yes(means: string): ReasonEntry {
  return { status: 'True', means };
}

export function no(means: string, todo: string, page?: string): ReasonEntry {
  return { status: 'False', means, todo, ...(page === undefined ? {} : { page }) };
}

/** Passes by itself. */
export function passing(means: string): ReasonEntry {
  return { status: 'False', means };
}

export function unknown(means: string, todo?: string): ReasonEntry {
  return { status: 'Unknown', means, ...(todo === undefined ? {} : { todo }) };
}
