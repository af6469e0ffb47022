import { withoutElements } from '@careplane/access';
import type { Request } from 'express';
import { Invalid } from '../../http/errors.ts';
import type { Reply } from '../../http/route.ts';
import { accessRecordOf } from '../access-record.ts';
import { bodyOf, requireWellFormed } from '../body.ts';
import type { Interaction, OperationDefinition, ResourceDefinition } from '../definition.ts';
import { createGate } from '../gate.ts';
import type { Gate } from '../gate.ts';
import type { Resource } from '../resource.ts';
import { resourceFaults } from '../schema/faults.ts';
import { pairsOf } from '../search/pairs.ts';
import { idOf, queryTextOf } from './context.ts';
import type { FhirOptions } from './context.ts';

/** `[type]/$name` and `[type]/[id]/$name`. */
export async function operate(
  { access }: FhirOptions,
  { definition, operation }: { definition: ResourceDefinition; operation: OperationDefinition },
  req: Request,
): Promise<Reply> {
  const id = operation.level === 'instance' ? idOf(req) : undefined;
  const gate = createGate(access, req);
  const hides = id !== undefined;
  const entered = gate.enter(operation.name, definition.type, { hides });
  const query = new URLSearchParams(pairsOf(queryTextOf(req)).map(({ name, value }) => [name, value]));
  const body = bodyFor(operation, req);
  const attributes = await operation.attributes?.(id ?? '', body, entered);
  if (hides && !attributes) return gate.absent(operation.name, definition.type);
  const { decision } = attributes
    ? { decision: await gate.judge(operation.name, { type: definition.type, attributes, hides }) }
    : await ofAll(gate, operation, definition);
  const reply = await operation.run(
    { ...(id === undefined ? {} : { id }), body, query },
    { ...entered, decision },
  );
  const record = accessRecordOf(req);
  if (operation.affectsState === true) record.requireCommitted();
  record.showsAllIn(reply.body);
  return isResource(reply.body) ? { ...reply, body: withoutElements(reply.body, decision.without) } : reply;
}

async function ofAll(
  gate: Gate,
  { name, decidesEach }: OperationDefinition,
  { type }: ResourceDefinition,
): Promise<Interaction> {
  return decidesEach === true ? (await gate.draw(name, type, {})).interaction : gate.enterAll(name, type);
}

function bodyFor(operation: OperationDefinition, req: Request): unknown {
  if (!operation.body || req.method !== 'POST') return undefined;
  const body = bodyOf(req);
  const type = typeof body['resourceType'] === 'string' ? body['resourceType'] : 'Parameters';
  requireWellFormed(body, type);
  const parsed = operation.body.safeParse(body);
  if (!parsed.success) throw new Invalid(resourceFaults(type, parsed.error));
  return parsed.data;
}

function isResource(body: unknown): body is Resource {
  return typeof body === 'object' && body !== null && 'resourceType' in body;
}
