import { randomUUID } from 'node:crypto';
import { satisfies } from '@careplane/access';
import type { Attributes } from '@careplane/access';
import { NotFound, PreconditionFailed, referencesAt, valuesAt } from '../index.ts';
import type {
  Resource,
  ResourceStore,
  SearchFilter,
  SearchParameter,
  SearchQuery,
  SearchValue,
  Stored,
  Transaction,
} from '../index.ts';

export interface MemoryStoreOptions {
  readonly attributes: (resource: Resource) => Attributes;
  readonly searchParameters: Readonly<Record<string, SearchParameter>>;
}

/** Resources of one type in memory, for tests of routers: every interaction, search by `SearchParameter.paths`. */
export function createMemoryStore(options: MemoryStoreOptions): Required<ResourceStore<Stored>> & {
  /** Puts a resource in as it is. */
  put(resource: Resource & { readonly id: string }): Stored;
} {
  const versions = new Map<string, Stored[]>();
  const present = (id: string): Stored | undefined => versions.get(id)?.at(-1);
  const add = (id: string, resource: Resource): Stored => {
    const earlier = versions.get(id) ?? [];
    const versionId = String(earlier.length + 1);
    const stored = {
      ...resource,
      id,
      meta: { ...resource.meta, versionId, lastUpdated: new Date().toISOString() },
    };
    versions.set(id, [...earlier, stored]);
    return stored;
  };
  const matching = ({ filters, constraint }: Pick<SearchQuery, 'filters' | 'constraint'>): Stored[] =>
    [...versions.keys()]
      .sort()
      .flatMap((id) => present(id) ?? [])
      .filter((resource) => satisfies(constraint, options.attributes(resource)))
      .filter((resource) => filters.every((filter) => matches(resource, filter, options)));
  return {
    put: ({ id, ...resource }) => add(id, resource),
    read: (id) => Promise.resolve(present(id)),
    vread: (id, version) => Promise.resolve(versions.get(id)?.find(({ meta }) => meta.versionId === version)),
    history: (id) => Promise.resolve([...(versions.get(id) ?? [])].reverse()),
    search: (query) => {
      const all = matching(query);
      const from = Number(query.cursor ?? 0);
      const to = from + query.count;
      return Promise.resolve({
        resources: all.slice(from, to),
        ...(query.count > 0 && to < all.length ? { next: String(to) } : {}),
        ...(query.wantsTotal ? { total: all.length } : {}),
      });
    },
    async create(resource, { audit }, { ifNoneExist, matchWithin }) {
      const [first, second] =
        ifNoneExist && matchWithin ? matching({ filters: ifNoneExist, constraint: matchWithin }) : [];
      if (second) throw new PreconditionFailed();
      if (first) return { resource: first, created: false };
      const made = add(randomUUID(), resource);
      await audit.written(IN_MEMORY, made);
      return { resource: made, created: true };
    },
    async update(id, resource, { audit }, { ifMatch }) {
      const now = present(id);
      if (!now) throw new NotFound();
      if (ifMatch !== undefined && ifMatch !== now.meta.versionId) throw new PreconditionFailed();
      const next = add(id, resource);
      await audit.written(IN_MEMORY, next);
      return next;
    },
    async delete(id, { audit }) {
      const last = present(id);
      versions.delete(id);
      if (last) await audit.written(IN_MEMORY, last);
    },
  };
}

/** What is in memory is committed at once. */
const IN_MEMORY = {
  afterCommit: (run: () => void): void => {
    run();
  },
} as Transaction;

function matches(
  resource: Stored,
  { name, modifier, values }: SearchFilter,
  options: MemoryStoreOptions,
): boolean {
  if (name === '_id') return values.some((value) => value.type === 'token' && value.code === resource.id);
  const paths = options.searchParameters[name]?.paths ?? [];
  const found = paths.flatMap((path) => valuesAt(resource, path));
  if (modifier === 'missing') {
    return values.some((value) => value.type === 'token' && (found.length === 0) === (value.code === 'true'));
  }
  return values.some((value) => matchesValue(resource, value, { paths, found }));
}

function matchesValue(
  resource: Stored,
  value: SearchValue,
  { paths, found }: { readonly paths: readonly string[]; readonly found: readonly unknown[] },
): boolean {
  switch (value.type) {
    case 'token':
      return found.some((one) => String(one) === value.code);
    case 'string':
    case 'uri':
      return found.some((one) => String(one).toLowerCase().startsWith(value.value.toLowerCase()));
    case 'reference':
      return referencesAt(resource, paths).some(
        ({ type, id }) => id === value.id && (value.target ?? type) === type,
      );
    case 'number':
      return found.includes(value.value);
    case 'date':
      return found.some(
        (one) => Date.parse(String(one)) >= value.start && Date.parse(String(one)) < value.end,
      );
  }
}
