import { withoutElements } from '@careplane/access';
import type { Request } from 'express';
import type { Reply } from '../../http/route.ts';
import { accessRecordOf } from '../access-record.ts';
import { versionHeaders } from '../answer.ts';
import { judgedType } from '../definition.ts';
import type { Interaction, ResourceDefinition } from '../definition.ts';
import { createGate } from '../gate.ts';
import { orGone } from '../gone.ts';
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

function nothing(): Promise<undefined> {
  return Promise.resolve(undefined);
}
