import { withoutElements } from '@careplane/access';
import type { Request } from 'express';
import { NotFound } from '../../http/errors.ts';
import { etagOf } from '../../http/etag.ts';
import type { Reply } from '../../http/route.ts';
import { accessRecordOf } from '../access-record.ts';
import { versionHeaders } from '../answer.ts';
import { baseUrlOf } from '../base-url.ts';
import { bundleOf } from '../bundle.ts';
import { judgedType } from '../definition.ts';
import type { Deletion, Interaction, ResourceDefinition } from '../definition.ts';
import { createGate } from '../gate.ts';
import type { Gate } from '../gate.ts';
import { orGone } from '../gone.ts';
import { MOST_VERSIONS } from '../history.ts';
import { hasVersion, wantsResource } from '../negotiation.ts';
import type { Stored } from '../resource.ts';
import { shapeOf, shaped } from '../shape.ts';
import { formatOf, idOf } from './context.ts';
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
  const type = judgedType(definition);
  const interaction = gate.enter(action, type, { hides: true });
  const resource = await orGone(gate, { action, type }, () => load(interaction));
  if (!resource) return gate.absent(action, type);
  const attributes = definition.attributes(resource);
  const { without } = await gate.judge(action, { type, attributes });
  accessRecordOf(req).shows([resource]);
  const { native } = definition;
  if (native) {
    const form = wantsResource(req, formatOf(req)) ? 'resource' : 'native';
    return { status: 200, send: (res) => native.send(resource, req, res, form) };
  }
  const headers = versionHeaders(resource);
  if (hasVersion(req, resource.meta.versionId)) return { status: 304, headers };
  return { status: 200, headers, body: shaped(withoutElements(resource, without), shape) };
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
  const { store, type } = definition;
  const listed = await orGone(gate, { action: 'history', type }, async () =>
    store.history?.(id, interaction),
  );
  const versions = (listed ?? []).slice(0, MOST_VERSIONS);
  const deletions = await visibleDeletions(gate, type, versions.filter(isDeletion));
  const seen = await gate.visible(
    'history',
    definition,
    versions.filter((version): version is Stored => !isDeletion(version)),
  );
  // nobody deletes what was deleted: a deletion is the newest version
  const all = [...deletions, ...seen];
  if (all.length === 0) throw new NotFound();
  const address = `${base}/${type}/${id}`;
  const entries = all.map((version) => ({ fullUrl: address, ...entryOf(type, version) }));
  const total = versions.length < MOST_VERSIONS ? { total: all.length } : {};
  const links = { self: `${address}/_history` };
  return { status: 200, body: bundleOf('history', { entries, ...total, links }) };
}

function isDeletion(version: Stored | Deletion): version is Deletion {
  return version['deleted'] === true && !('resourceType' in version);
}

async function visibleDeletions(
  gate: Gate,
  type: string,
  deletions: readonly Deletion[],
): Promise<readonly Deletion[]> {
  const seen: Deletion[] = [];
  for (const deletion of deletions) {
    const decision = await gate.ask('history', type, deletion.attributes);
    if (decision.effect === 'allow') seen.push(deletion);
  }
  return seen;
}

/** What made a version, and what it is; of a deletion there is no resource. */
function entryOf(type: string, version: Stored | Deletion): object {
  const { id, meta } = version;
  const one = `${type}/${id}`;
  const answer = { etag: etagOf(meta.versionId), lastModified: meta.lastUpdated };
  if (isDeletion(version))
    return { request: { method: 'DELETE', url: one }, response: { status: '204', ...answer } };
  const isFirst = meta.versionId === '1';
  return {
    resource: version,
    request: isFirst ? { method: 'POST', url: type } : { method: 'PUT', url: one },
    response: { status: isFirst ? '201' : '200', ...answer },
  };
}

function nothing(): Promise<undefined> {
  return Promise.resolve(undefined);
}
