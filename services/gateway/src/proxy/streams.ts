import { Unavailable } from '@careplane/kit';

/** Places of requests that stream: they take as long as their clients, and no place of others. */
export interface Streams {
  /** Takes a place; give it back once. @throws Unavailable when there is none, or the caller has all of its own */
  enter(caller: string): () => void;
}

export function createStreams({
  most,
  ofCaller,
}: {
  readonly most: number;
  readonly ofCaller: number;
}): Streams {
  let all = 0;
  const byCaller = new Map<string, number>();
  const count = (caller: string, more: 1 | -1): void => {
    const own = (byCaller.get(caller) ?? 0) + more;
    all += more;
    if (own > 0) byCaller.set(caller, own);
    else byCaller.delete(caller);
  };
  return {
    enter(caller) {
      if (all >= most || (byCaller.get(caller) ?? 0) >= ofCaller)
        throw new Unavailable(1, { detail: 'Too many documents at once' });
      count(caller, 1);
      return () => {
        count(caller, -1);
      };
    },
  };
}
