import { isDeepStrictEqual } from 'node:util';
import { keepElements } from '@careplane/access';
import type { Constraint } from '@careplane/access';
import type { Request } from 'express';
import { HttpProblem, NotFound, PreconditionFailed, Unprocessable } from '../../http/errors.ts';
import type { Reply } from '../../http/route.ts';
import { accessRecordOf } from '../access-record.ts';
import { writeReply } from '../answer.ts';
import { baseUrlOf } from '../base-url.ts';
import { requireBodyId, resourceOf } from '../body.ts';
import { judgedType } from '../definition.ts';
import type { CreateOptions, Interaction, ResourceDefinition } from '../definition.ts';
import { createGate } from '../gate.ts';
import type { Gate } from '../gate.ts';
import { Gone, orGone } from '../gone.ts';
import { openParameters } from '../hidden.ts';
import { omitted } from '../omitted.ts';
import { ifMatchOf, preferencesOf } from '../negotiation.ts';
import type { Resource, Stored } from '../resource.ts';
import type { SearchFilter } from '../search.ts';
import { pairsOf } from '../search/pairs.ts';
import { parseSearch } from '../search/parse.ts';
import { MOST_ON_A_PAGE } from '../search/result-parameters.ts';
import { idOf } from './context.ts';
import type { FhirOptions } from './context.ts';
import { filledPage, namedIn } from './filled-page.ts';

/** `POST [type]`, with `If-None-Exist` a conditional create. */
export async function create(
  { access }: FhirOptions,
  definition: ResourceDefinition,
  req: Request,
): Promise<Reply> {
  const base = baseUrlOf(req);
  const gate = createGate(access, req);
  const entered = gate.enter('create', judgedType(definition));
  const resource = definition.native?.announced(req) ?? resourceOf(req, definition);
  const interaction = { ...entered, decision: await judgeNew(gate, 'create', { definition, resource }) };
  const conditions = await conditionsOf(req, { definition, gate, base, resource });
  const made = await definition.store.create?.(resource, interaction, conditions);
  if (!made) throw new NotFound();
  if (made.created && made.replayed !== true) accessRecordOf(req).requireCommitted();
  const shown = await readable(gate, definition, made.resource);
  const reply = writeReply(
    made.created ? 201 : 200,
    { stored: made.resource, shown, base },
    preferencesOf(req),
  );
  if (made.replayed !== true) return reply;
  return { ...reply, headers: { ...reply.headers, 'idempotency-replayed': 'true' } };
}

export async function conditionsOf(
  req: Request,
  {
    definition,
    gate,
    base,
    resource,
  }: { definition: ResourceDefinition; gate: Gate; base: string; resource: Resource },
): Promise<CreateOptions> {
  const header = req.get('if-none-exist');
  if (header === undefined) return {};
  const searchParameters = openParameters(definition, gate.enter('search', definition.type).decision);
  const { filters } = parseSearch(pairsOf(header.replace(/^\?/, '')), {
    searchParameters,
    base,
    isLenient: false,
  });
  if (filters.length === 0) throw new PreconditionFailed();
  return { ifNoneExist: filters, matchWithin: await matchableBy(filters, { definition, gate, resource }) };
}

/**
 * What a conditional create may match: what the caller finds by a search, so that its answer tells nothing else. Where consents decide,
 * within the patients of what is found now and of what is to be made.
 */
async function matchableBy(
  filters: readonly SearchFilter[],
  { definition, gate, resource }: { definition: ResourceDefinition; gate: Gate; resource: Resource },
): Promise<Constraint> {
  const drawn = await gate.draw('search', definition.type, namedIn(filters, definition));
  const { constraint } = drawn.interaction.decision;
  if (drawn.isExact) return constraint;
  const query = { filters, constraint, sort: [], count: MOST_ON_A_PAGE, wantsTotal: false };
  const { resources, next } = await filledPage(query, { definition, gate, drawn, isUnseen: true });
  if (next !== undefined) throw new PreconditionFailed();
  const patients = [resource, ...resources].flatMap((one) => definition.attributes(one).patient ?? []);
  const exact = await gate.draw('search', definition.type, { patients });
  return exact.interaction.decision.constraint;
}

/** `PUT [type]/[id]`: a new version of what is there. Clients make no ids. */
export async function update(
  { access }: FhirOptions,
  definition: ResourceDefinition,
  req: Request,
): Promise<Reply> {
  const id = idOf(req);
  const base = baseUrlOf(req);
  const gate = createGate(access, req);
  const entered = gate.enter('update', definition.type, { hides: true });
  const ifMatch = ifMatchOf(req, definition.requiresIfMatch ?? true);
  requireBodyId(req, definition.type, id);
  const incoming = resourceOf(req, definition);
  requireWhole(incoming);
  const existing = await present(gate, 'update', { definition, id, interaction: entered });
  const resource = keepElements(existing, incoming, entered.decision.without);
  const decision = await judgeNew(gate, 'update', { definition, resource: { ...resource, id } });
  const interaction = { ...entered, decision };
  const stored = isDone(definition, existing, { incoming: resource, ifMatch })
    ? existing
    : await replaced(definition, { id, resource, existing, interaction, ifMatch });
  const shown = await readable(gate, definition, stored);
  return writeReply(200, { stored, shown, base }, preferencesOf(req));
}

interface Replacement {
  readonly id: string;
  readonly resource: Resource;
  readonly existing: Stored;
  readonly interaction: Interaction;
  readonly ifMatch: string | undefined;
}

async function replaced(
  { store }: ResourceDefinition,
  { id, resource, existing, interaction, ifMatch }: Replacement,
): Promise<Stored> {
  if (ifMatch !== undefined && ifMatch !== existing.meta.versionId) throw new PreconditionFailed();
  const stored = await store.update?.(id, resource, interaction, ifMatch === undefined ? {} : { ifMatch });
  if (!stored) throw new NotFound();
  accessRecordOf(interaction.req).requireCommitted();
  return stored;
}

/**
 * A gateway that lost the answer repeats the update: its version is the one before the present, and the content is there.
 * Such an update is done, not late.
 */
function isDone(
  { filledElements = [] }: ResourceDefinition,
  existing: Stored,
  { incoming, ifMatch }: { readonly incoming: Resource; readonly ifMatch: string | undefined },
): boolean {
  if (ifMatch === undefined || Number(existing.meta.versionId) !== Number(ifMatch) + 1) return false;
  const filled = filledElements.filter((name) => incoming[name] === undefined);
  return isDeepStrictEqual(omitted(content(existing), filled), content(incoming));
}

/** A resource without what the server sets. */
function content({ meta, ...rest }: Resource): object {
  return { ...omitted(rest, ['id']), meta: omitted(meta ?? {}, ['versionId', 'lastUpdated']) };
}

/** `DELETE [type]/[id]`; again it answers the same. */
export async function remove(
  { access }: FhirOptions,
  definition: ResourceDefinition,
  req: Request,
): Promise<Reply> {
  const id = idOf(req);
  const gate = createGate(access, req);
  const interaction = gate.enter('delete', definition.type, { hides: true });
  const ifMatch = ifMatchOf(req, false);
  const deleted = { status: 204 };
  try {
    const existing = await present(gate, 'delete', { definition, id, interaction });
    if (ifMatch !== undefined && ifMatch !== existing.meta.versionId) throw new PreconditionFailed();
    await definition.store.delete?.(id, interaction, ifMatch === undefined ? {} : { ifMatch });
    accessRecordOf(req).requireCommitted();
    return deleted;
  } catch (error) {
    // who deletes again what they may delete, or another one deletes at the same time, has what they want
    if (error instanceof Gone) return deleted;
    throw error;
  }
}

/** What is there now, if the caller may do that with it. */
export async function present(
  gate: Gate,
  action: 'update' | 'delete',
  { definition, id, interaction }: { definition: ResourceDefinition; id: string; interaction: Interaction },
): Promise<Stored> {
  const { store, type } = definition;
  const existing = await orGone(gate, { action, type }, async () => store.read?.(id, interaction));
  if (!existing) return gate.absent(action, type);
  await gate.judge(action, { type: definition.type, attributes: definition.attributes(existing) });
  return existing;
}

/** A new content must be the caller's to write, too: nobody moves a record to where they have no say. */
export async function judgeNew(
  gate: Gate,
  action: 'create' | 'update',
  { definition, resource }: { definition: ResourceDefinition; resource: Resource },
): Promise<Interaction['decision']> {
  return gate.judge(action, {
    type: judgedType(definition),
    attributes: definition.attributes(resource),
    hides: false,
  });
}

/**
 * As a read would answer it; undefined when the caller may write it and not read it. So when that cannot be decided now: the resource is
 * stored, and an error would say that it is not.
 */
export async function readable(
  gate: Gate,
  definition: ResourceDefinition,
  resource: Stored,
): Promise<Stored | undefined> {
  try {
    return (await gate.visible('read', definition, [resource]))[0];
  } catch (error) {
    if (error instanceof HttpProblem) return undefined;
    throw error;
  }
}

/** What was read in part must not be stored as if it were all (hl7.org/fhir/R4/search.html#elements). */
export function requireWhole({ meta }: Resource): void {
  const tags: unknown = meta?.['tag'];
  const isPart = Array.isArray(tags) && tags.some((tag: { code?: unknown }) => tag.code === 'SUBSETTED');
  if (isPart) throw new Unprocessable('The resource is tagged SUBSETTED: it is not whole');
}
