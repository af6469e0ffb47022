import type { Request } from 'express';
import { Invalid, NotFound } from '../../http/errors.ts';
import { etagOf } from '../../http/etag.ts';
import type { Reply } from '../../http/route.ts';
import { accessRecordOf } from '../access-record.ts';
import { baseUrlOf } from '../base-url.ts';
import { bundleOf } from '../bundle.ts';
import type { Deletion, ResourceDefinition } from '../definition.ts';
import { createGate } from '../gate.ts';
import type { Gate } from '../gate.ts';
import { orGone } from '../gone.ts';
import { MOST_VERSIONS } from '../history.ts';
import { preferencesOf } from '../negotiation.ts';
import type { Stored } from '../resource.ts';
import { pairsOf, queryOf } from '../search/pairs.ts';
import type { Pair } from '../search/pairs.ts';
import { readAll, readBy, readMoment, UNKNOWN } from '../search/readings.ts';
import type { Readers } from '../search/readings.ts';
import { readCount } from '../search/result-parameters.ts';
import { idOf, queryTextOf } from './context.ts';
import type { FhirOptions } from './context.ts';

/**
 * `GET [type]/[id]/_history`: the versions that the caller may see, the newest first. There is a total only when they are all: more than
 * `MOST_VERSIONS` are not listed.
 * @throws Invalid naming each parameter that is unknown or wrong
 */
export async function history(
  { access }: FhirOptions,
  definition: ResourceDefinition,
  req: Request,
): Promise<Reply> {
  const id = idOf(req);
  const asked = askedOf(req);
  const gate = createGate(access, req);
  const interaction = gate.enter('history', definition.type, { hides: true });
  const { store, type } = definition;
  const listed = await orGone(gate, { action: 'history', type }, async () =>
    store.history?.(id, interaction),
  );
  const versions = (listed ?? []).slice(0, MOST_VERSIONS);
  const deletions = await visibleDeletions(gate, type, versions.filter(isDeletion));
  const stored = versions.filter((version): version is Stored => !isDeletion(version));
  const seen = await gate.visible('history', definition, stored, { isUnseen: true });
  // nobody deletes what was deleted: a deletion is the newest version
  const all = [...deletions, ...seen];
  if (all.length === 0) throw new NotFound();
  const address = `${baseUrlOf(req)}/${type}/${id}`;
  const { wanted, page, next } = pageOf(all, asked);
  const shown = new Set(page.map(({ meta }) => meta.versionId));
  accessRecordOf(req).shows(stored.filter(({ meta }) => shown.has(meta.versionId)));
  const entries = page.map((version) => ({ fullUrl: address, ...entryOf(type, version) }));
  const total = versions.length < MOST_VERSIONS ? { total: wanted.length } : {};
  const link = (pairs: readonly Pair[]): string =>
    pairs.length === 0 ? `${address}/_history` : `${address}/_history?${queryOf(pairs)}`;
  const links = { self: link(asked.used), ...(next === undefined ? {} : { next: link(next) }) };
  return { status: 200, body: bundleOf('history', { entries, ...total, links }) };
}

/** What of a history is asked for. */
interface Asked {
  readonly count?: number;
  /** In epoch milliseconds. */
  readonly since?: number;
  /** The number of the version before which a page begins. */
  readonly cursor?: string;
}

interface AskedHistory extends Asked {
  /** What was understood, for the links: what was not may be what a person typed. */
  readonly used: readonly Pair[];
}

const READERS: Readers<Asked> = {
  _count: readCount,
  _since: (value) => readMoment(value, ({ start }) => ({ since: start })),
  _cursor: (value) =>
    /^\d{1,9}$/.test(value) ? { cursor: value } : { fault: 'not a cursor of this history' },
  _format: () => ({}),
  _pretty: () => ({}),
};

function askedOf(req: Request): AskedHistory {
  const pairs = pairsOf(queryTextOf(req));
  const { isLenient } = preferencesOf(req);
  const { said, faults } = readAll<Asked>(
    pairs,
    (pair, before) => readBy(READERS, pair, before) ?? (isLenient ? {} : UNKNOWN),
  );
  if (faults.length > 0) throw new Invalid(faults);
  return { ...said, used: pairs.filter(({ name }) => Object.hasOwn(READERS, name)) };
}

/** Of the versions that may be seen: those that are wanted, the page of them that is asked for, and how the next one is asked for. */
function pageOf<V extends Stored | Deletion>(
  all: readonly V[],
  { count = MOST_VERSIONS, since = -Infinity, cursor, used }: AskedHistory,
): { readonly wanted: readonly V[]; readonly page: readonly V[]; readonly next?: readonly Pair[] } {
  const wanted = all.filter(({ meta }) => Date.parse(meta.lastUpdated) >= since);
  const rest =
    cursor === undefined ? wanted : wanted.filter(({ meta }) => Number(meta.versionId) < Number(cursor));
  const page = rest.slice(0, count);
  const last = page.at(-1);
  if (last === undefined || page.length === rest.length) return { wanted, page };
  const others = used.filter(({ name }) => name !== '_cursor');
  return { wanted, page, next: [...others, { name: '_cursor', value: last.meta.versionId }] };
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
