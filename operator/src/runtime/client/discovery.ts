import type { KubeObject, ResourceType } from '../kube.ts';
import { typeId } from '../keys.ts';

interface ResourceList {
  resources?: { name: string; kind: string; namespaced: boolean }[];
}

/** Finds the plural and the scope of a kind; those that no controller declares are asked for once. */
export class Discovery {
  readonly #known = new Map<string, ResourceType>();
  readonly #fetch: (path: string) => Promise<unknown>;

  constructor(fetch: (path: string) => Promise<unknown>) {
    this.#fetch = fetch;
  }

  learn(types: Iterable<ResourceType>): void {
    for (const type of types) this.#known.set(typeId(type), type);
  }

  async typeOf(object: Pick<KubeObject, 'apiVersion' | 'kind'>): Promise<ResourceType> {
    const known = this.#known.get(typeId(object));
    if (known !== undefined) return known;
    const root = object.apiVersion.includes('/') ? '/apis' : '/api';
    const list = (await this.#fetch(`${root}/${object.apiVersion}`)) as ResourceList;
    for (const { name, kind, namespaced } of list.resources ?? [])
      if (!name.includes('/'))
        this.learn([{ apiVersion: object.apiVersion, kind, plural: name, namespaced }]);
    const found = this.#known.get(typeId(object));
    if (found === undefined) throw new Error(`the API server has no kind ${typeId(object)}`);
    return found;
  }
}
