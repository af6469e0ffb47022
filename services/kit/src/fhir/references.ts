/** A literal, relative reference: `Patient/123`, also with a version. */
const LITERAL = /^([A-Z][A-Za-z]{1,63})\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/;

export interface ResourceReference {
  readonly type: string;
  readonly id: string;
}

/** What a Reference names; undefined for contained (`#a`), foreign and logical references. */
export function referenceOf(reference: unknown): ResourceReference | undefined {
  if (typeof reference !== 'string') return undefined;
  const [, type, id] = LITERAL.exec(reference) ?? [];
  return type === undefined || id === undefined ? undefined : { type, id };
}

/** The values at a dotted path; lists are walked. */
export function valuesAt(node: unknown, path: string): unknown[] {
  return path.split('.').reduce<unknown[]>(
    (nodes, name) =>
      nodes.flatMap((one) => {
        if (typeof one !== 'object' || one === null || !Object.hasOwn(one, name)) return [];
        const value = (one as Record<string, unknown>)[name];
        return Array.isArray(value) ? (value as unknown[]) : [value];
      }),
    Array.isArray(node) ? node : [node],
  );
}

/** The resources that the references at these paths name. */
export function referencesAt(resource: unknown, paths: readonly string[]): ResourceReference[] {
  return paths
    .flatMap((path) => valuesAt(resource, `${path}.reference`))
    .map(referenceOf)
    .filter((reference) => reference !== undefined);
}
