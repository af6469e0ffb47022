import { keyId, typeId } from '../keys.ts';
import type { ObjectKey, ResourceType } from '../kube.ts';
import type { AppliedChild } from './child.ts';

/** Id of a child: kind and key. */
export function childId(type: Pick<ResourceType, 'apiVersion' | 'kind'>, key: ObjectKey): string {
  return `${typeId(type)} ${keyId(key)}`;
}

/** Id of an owner: kind and key. */
export function ownerId(kind: string, key: ObjectKey): string {
  return `${kind} ${keyId(key)}`;
}

/** What is remembered of the last apply of each child, and whose children they are. */
export class AppliedChildren {
  readonly #children = new Map<string, AppliedChild>();
  /** Ids of the children that were planned for each owner. */
  readonly #planned = new Map<string, Set<string>>();

  get(id: string): AppliedChild | undefined {
    return this.#children.get(id);
  }

  set(id: string, child: AppliedChild): void {
    this.#children.set(id, child);
  }

  delete(id: string): void {
    this.#children.delete(id);
  }

  /** The child is planned for the owner. */
  plan({ id, owner }: { id: string; owner: string }): void {
    const planned = this.#planned.get(owner);
    if (planned === undefined) this.#planned.set(owner, new Set([id]));
    else planned.add(id);
  }

  /** Drops children that are planned no more and returns those still ours: once forgotten, they are no echo, and are pruned. */
  keepOnly(owner: string, ids: ReadonlySet<string>): string[] {
    const planned = this.#planned.get(owner);
    const surplus = [...(planned ?? [])].filter((id) => !ids.has(id));
    for (const id of surplus) planned?.delete(id);
    return surplus.filter((id) => this.#children.get(id)?.owner === owner);
  }

  /** Drops the owner, and returns the children that were planned for it. */
  dropOwner(owner: string): Iterable<string> {
    const planned = this.#planned.get(owner) ?? [];
    this.#planned.delete(owner);
    return planned;
  }
}
