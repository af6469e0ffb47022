/** A value of an object that has no parts: a scalar, or a list or map without anything in it. */
export type Leaf = string | number | boolean | null | [] | Record<string, never>;

/** No value is the same as this one. */
const NOTHING = Symbol('nothing');

/** Fields that identify the items of a list of objects, as the API server merges them. */
const KEYS = ['name', 'mountPath', 'containerPort', 'uid', 'type'] as const;

/**
 * Every leaf by its path: `spec.containers[main].image`. Items of lists are named by their key, so that an item in the
 * middle does not make all that follow it look different. Values for which `isWhole` holds count as leaves.
 */
export function flatten<Whole = never>(
  value: unknown,
  isWhole: (value: unknown) => value is Whole = (value): value is Whole => value === NOTHING,
): Map<string, Leaf | Whole> {
  const leaves = new Map<string, Leaf | Whole>();
  visit(value, '');
  return leaves;

  function visit(node: unknown, path: string): void {
    const parts = isWhole(node) ? undefined : partsOf(node);
    if (parts === undefined || parts.length === 0) leaves.set(path, node as Leaf | Whole);
    else for (const [part, child] of parts) if (child !== undefined) visit(child, join(path, part));
  }
}

/** Parts by what is appended to the path; `undefined` for a scalar. */
function partsOf(value: unknown): [string, unknown][] | undefined {
  if (Array.isArray(value)) {
    const key = keyOfItems(value);
    return value.map((item: unknown, index) => {
      const name = key === undefined ? index : (item as Record<string, unknown>)[key];
      return [`[${String(name)}]`, item];
    });
  }
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).map(([name, child]) => [fieldName(name), child]);
}

/** The first key that all items have and no two share. */
function keyOfItems(items: readonly unknown[]): string | undefined {
  return KEYS.find((key) => {
    const values = items.map((item) => (item as Record<string, unknown> | null)?.[key]);
    return values.every(isName) && new Set(values).size === items.length;
  });
}

function isName(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function fieldName(name: string): string {
  return /^[A-Za-z_][\w-]*$/.test(name) ? `.${name}` : `["${name}"]`;
}

function join(path: string, part: string): string {
  return path === '' && part.startsWith('.') ? part.slice(1) : path + part;
}
