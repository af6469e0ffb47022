import type { Request } from 'express';
import { NotFound } from '../../http/errors.ts';
import type { Reply } from '../../http/route.ts';
import { accessRecordOf } from '../access-record.ts';
import { versionHeaders } from '../answer.ts';
import { baseUrlOf } from '../base-url.ts';
import { bundleOf } from '../bundle.ts';
import type { Interaction, ResourceDefinition } from '../definition.ts';
import { createGate } from '../gate.ts';
import { withoutHidden } from '../hidden.ts';
import { MOST_VERSIONS } from '../history.ts';
import { hasVersion } from '../negotiation.ts';
import type { Stored } from '../resource.ts';
import { shapeOf, shaped } from '../shape.ts';
import { idOf } from './context.ts';
import type { FhirOptions } from './context.ts';

type Action = 'read' | 'vread';
type Load = (interaction: Interaction) => Promise<Stored | undefined>;

/** `GET [type]/[id]`. */
export function read(options: FhirOptions, definition: ResourceDefinition, req: Request): Promise<Reply> {
  const id = idOf(req);
  return readOne(options, definition, {
    req,
    action: 'read',
    load: (interaction) => definition.store.read?.(id, interaction) ?? nothing(),
  });
}

/** `GET [type]/[id]/_history/[version]`. */
export function vread(options: FhirOptions, definition: ResourceDefinition, req: Request): Promise<Reply> {
  const [id, versionId] = [idOf(req), idOf(req, 'versionId')];
  return readOne(options, definition, {
    req,
    action: 'vread',
    load: (interaction) => definition.store.vread?.(id, versionId, interaction) ?? nothing(),
  });
}

async function readOne(
  { access }: FhirOptions,
  definition: ResourceDefinition,
  { req, action, load }: { req: Request; action: Action; load: Load },
): Promise<Reply> {
  const shape = shapeOf(req, definition.type);
  const gate = createGate(access, req);
  const resource = await load(gate.enter(action, definition.type, { hides: true }));
  if (!resource) return gate.absent(action, definition.type);
  const attributes = definition.attributes(resource);
  const { without } = await gate.judge(action, { type: definition.type, attributes });
  accessRecordOf(req).shows([resource]);
  const headers = versionHeaders(resource);
  if (hasVersion(req, resource.meta.versionId)) return { status: 304, headers };
  return { status: 200, headers, body: shaped(withoutHidden(resource, without), shape) };
}

/**
 * `GET [type]/[id]/_history`: the versions that the caller may see, the newest first. There is a total only when they are all: more than
 * `MOST_VERSIONS` are not listed.
 */
export async function history(
  { access }: FhirOptions,
  definition: ResourceDefinition,
  req: Request,
): Promise<Reply> {
  const id = idOf(req);
  const base = baseUrlOf(req);
  const gate = createGate(access, req);
  const interaction = gate.enter('history', definition.type, { hides: true });
  const versions = ((await definition.store.history?.(id, interaction)) ?? []).slice(0, MOST_VERSIONS);
  const seen = await gate.visible('history', definition, versions);
  if (seen.length === 0) throw new NotFound();
  const self = `${base}/${definition.type}/${id}/_history`;
  const entries = seen.map((resource) => ({
    fullUrl: `${base}/${definition.type}/${id}`,
    resource,
    request: requestOf(resource),
    response: {
      status: resource.meta.versionId === '1' ? '201' : '200',
      etag: versionHeaders(resource)['etag'],
      lastModified: resource.meta.lastUpdated,
    },
  }));
  const total = versions.length < MOST_VERSIONS ? { total: seen.length } : {};
  return { status: 200, body: bundleOf('history', { entries, ...total, links: { self } }) };
}

function requestOf({ resourceType, id, meta }: Stored): { readonly method: string; readonly url: string } {
  return meta.versionId === '1'
    ? { method: 'POST', url: resourceType }
    : { method: 'PUT', url: `${resourceType}/${id}` };
}

function nothing(): Promise<undefined> {
  return Promise.resolve(undefined);
}
