import { judgeChild, appliedDigest } from '@careplane/operator/runtime/apply/child';
import { contains } from '@careplane/operator/runtime/apply/contains';
import { KIND_LABEL, keyOf } from '@careplane/operator/runtime/keys';
import type { AnyObject, KubeObject } from '@careplane/operator/runtime/kube';
import type { Declaration } from './declare.ts';
import { declaredChanges, fieldChanges, type FieldChange } from './field-changes.ts';
import type { Rehearsal } from './rehearsal.ts';
import type { Outlook, PlannedChild, PrunedChild } from './rehearse.ts';
import { objectId } from './snapshot.ts';

/** One object that would be written or deleted. */
export interface Change {
  action: 'create' | 'change' | 'delete';
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  /** The cause: the file that declares it, or the object whose controller plans it. */
  by: string;
  fields: FieldChange[];
}

/** The cause of a write that no controller plans as a child. */
const OPERATOR = 'the operator';

/** Everything that would happen: first what is declared, then what the operator makes of it. */
export function changesOf(
  declared: readonly Declaration[],
  outlook: Outlook,
  rehearsal: Rehearsal,
): Change[] {
  const planned = outlook.planned.map((child) => plannedChange(child, rehearsal.live));
  const seen = new Set(outlook.planned.map(({ child }) => objectId(child, keyOf(child))));
  return [
    ...declared.map((declaration) => declaredChange(declaration, rehearsal.live)),
    ...sideEffects(declared, seen, rehearsal),
    ...planned,
    ...outlook.pruned.map((pruned) => prunedChange(pruned, rehearsal.live)),
  ].filter((change) => change !== undefined);
}

type Live = ReadonlyMap<string, KubeObject | undefined>;

function declaredChange({ object, source }: Declaration, live: Live): Change | undefined {
  const present = live.get(objectId(object, keyOf(object)));
  const fields = declaredChanges(present, object);
  if (present !== undefined && fields.length === 0) return undefined;
  return { ...identityOf(object), action: actionOn(present), by: source, fields };
}

/** The operator writes a child exactly when this says so: the same judgement as that of an operator that just started. */
function plannedChange({ owner, child }: PlannedChild, live: Live): Change | undefined {
  const present = live.get(objectId(child, keyOf(child)));
  const entry = present === undefined ? undefined : { object: present, owned: undefined };
  const wanted = appliedDigest(child) ?? '';
  const verdict = judgeChild({ wanted, memory: undefined, live: entry, seenVersion: undefined, now: 0 });
  const isSame = verdict === 'unsure' && contains(present, child);
  if (isSame || verdict === 'unchanged' || verdict === 'terminating') return undefined;
  const by = `${owner.kind} ${owner.metadata.name}`;
  return { ...identityOf(child), action: actionOn(present), by, fields: fieldChanges(present, child) };
}

function prunedChange({ owner, child }: PrunedChild, live: Live): Change | undefined {
  const present = live.get(objectId(child, keyOf(child)));
  if (present?.metadata.deletionTimestamp !== undefined || present === undefined) return undefined;
  return { ...identityOf(child), action: 'delete', by: `${owner.kind} ${owner.metadata.name}`, fields: [] };
}

/** What controllers write or remove beside their plan: generated Secrets, a namespace's certificate authority. */
function sideEffects(
  declared: readonly Declaration[],
  planned: ReadonlySet<string>,
  { written, removed, live, reads }: Rehearsal,
): Change[] {
  const own = new Set(declared.map(({ object }) => objectId(object, keyOf(object))));
  const writes = [...written]
    .filter(([id]) => !planned.has(id) && !own.has(id) && !reads.isHidden(id))
    .map(([id, object]) => {
      const present = live.get(id);
      return {
        ...identityOf(object),
        action: actionOn(present),
        by: OPERATOR,
        fields: fieldChanges(present, object),
      };
    })
    .filter(({ fields }) => fields.length > 0);
  const removals = [...removed.values()]
    .flatMap(({ type, key }) => live.get(objectId(type, key)) ?? [])
    // Children that are planned no more are told with their owner.
    .filter(({ metadata }) => metadata.labels?.[KIND_LABEL] === undefined)
    .map((object): Change => ({ ...identityOf(object), action: 'delete', by: OPERATOR, fields: [] }));
  return [...writes, ...removals];
}

function identityOf(
  object: KubeObject | AnyObject,
): Pick<Change, 'apiVersion' | 'kind' | 'namespace' | 'name'> {
  const { namespace = '', name } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, namespace, name };
}

function actionOn(present: KubeObject | undefined): 'create' | 'change' {
  return present === undefined ? 'create' : 'change';
}
