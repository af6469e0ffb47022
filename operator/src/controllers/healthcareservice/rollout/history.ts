import type { ControllerRevision, Deployment } from '../../../k8s/types.ts';
import { lastReady, readyAt, type RevisionRecord } from './record.ts';
import { currentRevision, isRevisionHash, keptRevision, Revision } from './revision.ts';

interface Kept {
  revision: Revision;
  /** The larger, the later it was asked for. */
  number: number;
}

/** The revisions of a service whose content is known, by hash. */
export type History = ReadonlyMap<string, Kept>;

/** Reads the history from its objects. The Deployment knows one revision itself, should somebody have deleted its object. */
export function historyOf(kept: readonly ControllerRevision[], deployment: Deployment | undefined): History {
  const history = new Map<string, Kept>();
  const hash = currentRevision(deployment);
  const template = deployment?.spec?.template;
  if (template !== undefined && hash !== undefined && isRevisionHash(hash))
    history.set(hash, { revision: new Revision(hash, { template }), number: 0 });
  for (const object of kept) {
    const revision = keptRevision(object);
    if (revision !== undefined) history.set(revision.hash, { revision, number: object.revision });
  }
  return history;
}

/** The history with the spec's revision as the newest one in it: asked for again, an old one is the newest once more. */
export function withTarget(history: History, target: Revision): History {
  const newest = Math.max(0, ...[...history.values()].map(({ number }) => number));
  const before = history.get(target.hash)?.number;
  const number = before !== undefined && before > 0 && before === newest ? before : newest + 1;
  return new Map([...history, [target.hash, { revision: target, number }]]);
}

/** What is known from before. Times are milliseconds since the epoch. */
export interface Past {
  record: RevisionRecord;
  /** With the spec's revision as the newest one. */
  history: History;
  /** The last revision that was Ready, apart from the spec's. */
  former: Revision | undefined;
  /** When the spec's revision was begun; `undefined` where another was begun since. */
  begunAt: number | undefined;
  /** When the spec's revision was Ready for the first time. */
  readyAt: number | undefined;
}

export function pastOf(record: RevisionRecord, kept: History, target: Revision): Past {
  const history = withTarget(kept, target);
  return {
    record,
    history,
    former: history.get(lastReady(record, target.hash, history) ?? '')?.revision,
    begunAt: record.begun?.revision === target.hash ? record.begun.at : undefined,
    readyAt: readyAt(record, target.hash),
  };
}
