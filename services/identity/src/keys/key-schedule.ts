/** Algorithms of our signatures: RS256 for ID tokens only, which SMART demands (sso-openid-connect). */
export const SIGNING_ALGORITHMS = ['ES256', 'EdDSA', 'RS256'] as const;
/** Those of access tokens. */
export const TOKEN_ALGORITHMS = ['ES256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** Times of a key's life, in milliseconds. */
export interface KeyLife {
  /** For how long a key signs. */
  readonly activeMs: number;
  /** How long before it signs it is published, so that every verifier knows it by then. */
  readonly aheadMs: number;
  /** How long after the last signature it stays published: longer than any token lives. */
  readonly keptMs: number;
}

export interface ScheduledKey {
  readonly _id: string;
  readonly alg: SigningAlgorithm;
  readonly activeFrom: Date;
  /** Nobody has the key that seals it any more: it signs nothing, and is published for what it has signed. */
  readonly isClosed?: boolean;
}

export interface Schedule {
  /** Keys to make now. */
  readonly add: readonly { readonly alg: SigningAlgorithm; readonly activeFrom: Date }[];
  /** Keys that nothing valid is signed by any more. */
  readonly remove: readonly string[];
}

/** What is to be done for the keys at a moment: the next is made ahead, one whose successor has long been signing goes. */
export function scheduleKeys(keys: readonly ScheduledKey[], life: KeyLife, now: Date): Schedule {
  const add: { alg: SigningAlgorithm; activeFrom: Date }[] = [];
  const remove: string[] = [];
  for (const alg of SIGNING_ALGORITHMS) {
    const mine = keys.filter((key) => key.alg === alg).sort(byStart);
    const usable = mine.filter(({ isClosed }) => isClosed !== true);
    const newest = usable.at(-1);
    if (!newest) add.push({ alg, activeFrom: now });
    else {
      const next = successorStart(newest.activeFrom, life, now);
      if (next !== undefined) add.push({ alg, activeFrom: next });
    }
    for (const key of mine) {
      const successor = usable.find(({ activeFrom }) => activeFrom > key.activeFrom);
      if (successor && successor.activeFrom.getTime() + life.keptMs < now.getTime()) remove.push(key._id);
    }
  }
  return { add, remove };
}

/** When the next key begins to sign, if it is time to make it; never sooner than verifiers can know it. */
function successorStart(activeFrom: Date, life: KeyLife, now: Date): Date | undefined {
  const ends = activeFrom.getTime() + life.activeMs;
  if (now.getTime() < ends - life.aheadMs) return undefined;
  return new Date(Math.max(ends, now.getTime() + life.aheadMs));
}

function byStart(a: ScheduledKey, b: ScheduledKey): number {
  return a.activeFrom.getTime() - b.activeFrom.getTime();
}
