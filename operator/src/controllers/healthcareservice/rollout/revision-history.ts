import { currentRevision } from '../workload/deployment.ts';
import type { Child, ControllerRevision, Deployment } from '../../../k8s/types.ts';
import { controllerRevision, isRevisionHash, keptRevision, Revision } from './revision.ts';

/** Revisions kept of each service, the newest ones; those that may be needed again do not count as old. */
const KEPT = 10;

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

/** The objects of the history: the newest revisions, and in any case those that are `needed`. */
export function historyObjects(service: string, history: History, needed: ReadonlySet<string>): Child[] {
  const inOrder = [...history.values()].sort(
    (a, b) =>
      Number(needed.has(b.revision.hash)) - Number(needed.has(a.revision.hash)) || b.number - a.number,
  );
  return inOrder
    .slice(0, Math.max(KEPT, needed.size))
    .sort((a, b) => a.number - b.number)
    .map(({ revision, number }) => controllerRevision(service, revision, Math.max(1, number)));
}
