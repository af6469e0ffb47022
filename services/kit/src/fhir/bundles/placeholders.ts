import { Invalid } from '../../http/errors.ts';
import type { FieldFault } from '../../http/errors.ts';
import type { Resource } from '../resource.ts';
import type { BundleEntry } from './entries.ts';

/** What resources of a Bundle call each other, and who they are. */
export type Placeholders = ReadonlyMap<string, string>;

const PLACEHOLDER = /^urn:(?:uuid|oid):/;

/**
 * A resource whose references to other entries are literal ones (hl7.org/fhir/R4/http.html#trules).
 * @returns the same object when it has none
 * @throws Invalid naming each reference to an entry that is not there, or to what a search would have to find
 */
export function withoutPlaceholders(
  entry: Pick<BundleEntry, 'index' | 'type'>,
  resource: Resource,
  placeholders: Placeholders,
): Resource {
  const faults: FieldFault[] = [];
  const replaced = replacedIn(resource, (reference, path) => {
    const literal = placeholders.get(reference);
    if (literal !== undefined) return literal;
    if (PLACEHOLDER.test(reference))
      faults.push({ path, message: 'no entry of the Bundle has this fullUrl' });
    if (/^[A-Z][A-Za-z]{1,63}\?/.test(reference))
      faults.push({ path, message: 'a reference by search is not resolved: say the id' });
    return reference;
  });
  if (faults.length === 0) return replaced as Resource;
  throw new Invalid(faults.map(({ path, message }) => ({ path: `${entry.type}${path}`, message })));

  function replacedIn(node: unknown, replace: (reference: string, path: string) => string, at = ''): unknown {
    if (Array.isArray(node)) {
      const items = node.map((item, index) => replacedIn(item, replace, `${at}[${String(index)}]`));
      return items.every((item, index) => item === node[index]) ? node : items;
    }
    if (typeof node !== 'object' || node === null) return node;
    const members = Object.entries(node).map(([name, value]) => {
      const path = `${at}.${name}`;
      const isReference = name === 'reference' && typeof value === 'string';
      return [name, isReference ? replace(value, path) : replacedIn(value, replace, path)] as const;
    });
    const isSame = members.every(([name, value]) => value === (node as Record<string, unknown>)[name]);
    return isSame ? node : Object.fromEntries(members);
  }
}
