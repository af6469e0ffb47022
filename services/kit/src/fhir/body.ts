import type { Request } from 'express';
import { Invalid } from '../http/errors.ts';
import { mayLose, parseExactly } from '../exact-json.ts';
import { bodyBytes } from '../http/body.ts';
import type { FieldFault } from '../http/errors.ts';
import type { ResourceDefinition } from './definition.ts';
import { requireJsonBody } from './negotiation.ts';
import { omitted } from './omitted.ts';
import type { Resource } from './resource.ts';
import { resourceFaults } from './schema/faults.ts';

/**
 * The resource in a request's body, checked by its schema. An id and what the server sets in `meta` are taken away.
 * @throws Invalid (400) naming every element that is wrong, HttpProblem 415
 */
export function resourceOf(req: Request, definition: ResourceDefinition): Resource {
  const body = definition.keepsDecimals === true ? exactBodyOf(req) : bodyOf(req);
  const { type } = definition;
  if (body['resourceType'] !== type)
    throw fault(`${type}.resourceType`, `a resource of the type ${type} is needed`);
  requireWellFormed(body, type);
  const parsed = definition.schema.safeParse({
    ...omitted(body, ['id', 'meta']),
    ...clientMeta(body['meta']),
  });
  if (!parsed.success) throw new Invalid(resourceFaults(type, parsed.error));
  return parsed.data;
}

/** A JSON object. @throws Invalid */
export function bodyOf(req: Request): Readonly<Record<string, unknown>> {
  requireJsonBody(req);
  const body: unknown = req.body;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw fault('http.body', 'a JSON object is needed');
  return body as Readonly<Record<string, unknown>>;
}

/** As `bodyOf`, with decimals as they were written. Of a part of a Bundle the Bundle was read so. */
export function exactBodyOf(req: Request): Readonly<Record<string, unknown>> {
  const body = bodyOf(req);
  const text = bodyBytes(req)?.toString('utf8') ?? '';
  // most bodies have been read without a loss, once
  return mayLose(text) ? (parseExactly(text) as Readonly<Record<string, unknown>>) : body;
}

/** The id that an update names must be in the body, too (hl7.org/fhir/R4/http.html#update). */
export function requireBodyId(req: Request, type: string, id: string): void {
  if (bodyOf(req)['id'] !== id) throw fault(`${type}.id`, 'must be the id of the address');
}

function clientMeta(meta: unknown): { readonly meta?: unknown } {
  if (typeof meta !== 'object' || meta === null || Array.isArray(meta))
    return meta === undefined ? {} : { meta };
  const rest = omitted(meta, ['versionId', 'lastUpdated', '_versionId', '_lastUpdated']);
  return Object.keys(rest).length === 0 ? {} : { meta: rest };
}

/** Half a character (a lone surrogate) is no text: it changes when it is stored. Nor is it a name, or a control character in one. */
export function requireWellFormed(value: unknown, path: string): void {
  const faults: FieldFault[] = [];
  const pending: [unknown, string][] = [[value, path]];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [node, at] = next;
    if (typeof node === 'string' && !node.isWellFormed()) {
      faults.push({ path: at, message: 'the text holds a lone surrogate' });
    } else if (typeof node === 'object' && node !== null && !Object.keys(node).every(isName)) {
      faults.push({ path: at, message: 'the name of an element holds what no name holds' });
    } else pending.push(...partsOf(node, at));
  }
  if (faults.length > 0) throw new Invalid(faults);
}

/** The elements of an array or an object with their paths; nothing of another value. */
function partsOf(node: unknown, at: string): [unknown, string][] {
  if (Array.isArray(node)) return node.map((item, index) => [item, `${at}[${String(index)}]`]);
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).map(([name, item]) => [item, `${at}.${name}`]);
}

/** A control character ends a name in BSON, where resources are stored. */
function isName(name: string): boolean {
  return name.isWellFormed() && !/\p{Cc}/u.test(name);
}

function fault(path: string, message: string): Invalid {
  return new Invalid([{ path, message }]);
}
