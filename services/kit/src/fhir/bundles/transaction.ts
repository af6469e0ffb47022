import { randomUUID } from 'node:crypto';
import { keepElements } from '@careplane/access';
import type { Request } from 'express';
import type { Access } from '../../audit/entry.ts';
import type { AuditTrail } from '../../audit/trail.ts';
import { HttpProblem, Invalid } from '../../http/errors.ts';
import type { Reply } from '../../http/route.ts';
import { requestSignal } from '../../http/timeout.ts';
import type { Transaction } from '../../mongo/transaction.ts';
import { beginRecord } from '../access-record.ts';
import type { AccessRecord } from '../access-record.ts';
import { writeReply } from '../answer.ts';
import { baseUrlOf } from '../base-url.ts';
import { requireBodyId, resourceOf } from '../body.ts';
import type { CreateOptions, Drafted, Interaction, TransactionalStore } from '../definition.ts';
import { createGate } from '../gate.ts';
import type { Gate } from '../gate.ts';
import type { BundleOptions, FhirOptions } from '../interactions/context.ts';
import { conditionsOf, judgeNew, present, readable, requireWhole } from '../interactions/write.ts';
import { ifMatchOf, preferencesOf } from '../negotiation.ts';
import type { Resource, Stored } from '../resource.ts';
import { responseBundle } from './answer.ts';
import type { BundleEntry } from './entries.ts';
import { errorOf } from './faults.ts';
import type { Failure } from './faults.ts';
import { entryRequest } from './parts.ts';
import type { EntryRequest } from './parts.ts';
import { withoutPlaceholders } from './placeholders.ts';
import type { Placeholders } from './placeholders.ts';

/** An entry that may be written: decided, checked, and not yet done. */
interface Prepared extends EntryRequest {
  readonly gate: Gate;
  readonly interaction: Interaction;
  readonly record: AccessRecord;
  readonly store: TransactionalStore;
  readonly resource: Resource;
  /** Of a create. */
  readonly draft?: Drafted;
  readonly id: string;
  readonly conditions: CreateOptions;
  readonly ifMatch?: string;
}

/** What an entry has come to. */
interface Written {
  readonly prepared: Prepared;
  readonly stored: Stored;
  readonly status: 200 | 201;
}

/**
 * All entries or none, in one transaction of the database (hl7.org/fhir/R4/http.html#trules): each is decided and checked before, and
 * recorded with what it writes. Entries refer to each other by `fullUrl`.
 * @throws HttpProblem naming each entry that is wrong: then nothing is stored
 */
export async function transaction(
  options: FhirOptions,
  { run }: BundleOptions,
  { req, entries }: { readonly req: Request; readonly entries: readonly BundleEntry[] },
): Promise<Reply> {
  const pending = pendingTrail(options.audit);
  const prepared = await allOf(entries, (entry) => prepare({ ...options, audit: pending.trail }, req, entry));
  requireDistinct(prepared);
  const written = await run(async (tx) => {
    pending.clear();
    const done = await write(tx, prepared);
    await pending.flush(tx);
    return done;
  }, requestSignal(req));
  const replies: Reply[] = [];
  for (const one of written) replies.push(await replyTo(one));
  return responseBundle('transaction', replies);
}

/** Does all; what fails is told together. */
async function allOf<T>(
  entries: readonly BundleEntry[],
  work: (entry: BundleEntry) => Promise<T>,
): Promise<T[]> {
  const failures: Failure[] = [];
  const done = await Promise.all(
    entries.map(async (entry) => {
      try {
        return [await work(entry)];
      } catch (error) {
        failures.push({ entry, error });
        return [];
      }
    }),
  );
  const [first, ...others] = failures.toSorted((one, other) => one.entry.index - other.entry.index);
  if (first) throw errorOf([first, ...others]);
  return done.flat();
}

async function prepare(options: FhirOptions, req: Request, entry: BundleEntry): Promise<Prepared> {
  const asked = entryRequest(req, entry, options);
  const { definition, action, req: part } = asked;
  const { type, transactional: store } = definition;
  if (!store || (action !== 'create' && action !== 'update'))
    throw new Invalid([
      { path: 'http.url', message: `${action} of ${type} is not for a transaction, but for a batch` },
    ]);
  const frame = { action, type, id: entry.id };
  const record = beginRecord(part, { trail: options.audit, definitions: options.definitions, asked: frame });
  try {
    const gate = createGate(options.access, part);
    const interaction = gate.enter(action, type, { hides: action === 'update' });
    const common = { ...asked, gate, interaction, record, store };
    return await (action === 'create' ? preparedCreate(common) : preparedUpdate(common, entry.id ?? ''));
  } catch (error) {
    await record.refused(error);
    throw error;
  }
}

type Common = Omit<Prepared, 'resource' | 'draft' | 'id' | 'conditions'>;

async function preparedCreate(common: Common): Promise<Prepared> {
  const { definition, gate, req, store } = common;
  const resource = resourceOf(req, definition);
  const decision = await judgeNew(gate, 'create', { definition, resource });
  const interaction = { ...common.interaction, decision };
  const conditions = await conditionsOf(req, { definition, gate, base: baseUrlOf(req), resource });
  const draft = await store.draft(resource, interaction);
  return { ...common, interaction, resource: draft.resource, draft, id: randomUUID(), conditions };
}

async function preparedUpdate(common: Common, id: string): Promise<Prepared> {
  const { definition, gate, req, interaction } = common;
  const ifMatch = ifMatchOf(req, definition.requiresIfMatch ?? true);
  requireBodyId(req, definition.type, id);
  const incoming = resourceOf(req, definition);
  requireWhole(incoming);
  const existing = await present(gate, 'update', { definition, id, interaction });
  const resource = keepElements(existing, incoming, interaction.decision.without);
  const decision = await judgeNew(gate, 'update', { definition, resource: { ...resource, id } });
  const judged = { ...interaction, decision };
  return {
    ...common,
    interaction: judged,
    resource,
    id,
    conditions: {},
    ...(ifMatch === undefined ? {} : { ifMatch }),
  };
}

/** @throws HttpProblem for entries that would write the same resource, or be found by the same criteria */
function requireDistinct(all: readonly Prepared[]): void {
  const seen = new Set<string>();
  const failures: Failure[] = [];
  for (const { entry, definition, id, conditions } of all) {
    const keys = [
      `${definition.type}/${id}`,
      ...(conditions.ifNoneExist ? [`${definition.type}?${JSON.stringify(conditions.ifNoneExist)}`] : []),
      ...(entry.fullUrl === undefined ? [] : [entry.fullUrl]),
    ];
    if (keys.some((key) => seen.has(key)))
      failures.push({
        entry,
        error: new Invalid([{ path: 'http.url', message: 'another entry is about the same resource' }]),
      });
    for (const key of keys) seen.add(key);
  }
  const [first, ...others] = failures;
  if (first) throw errorOf([first, ...others]);
}

async function write(tx: Transaction, all: readonly Prepared[]): Promise<Written[]> {
  const existing = new Map<Prepared, Stored>();
  // first what is there already: criteria find nothing of what this transaction makes
  for (const one of all) {
    const found = await ofEntry(one, () => one.store.match(tx, one.conditions));
    if (found) existing.set(one, found);
  }
  const placeholders: Placeholders = new Map(
    all.flatMap((one): [string, string][] => {
      const { fullUrl } = one.entry;
      const id = existing.get(one)?.id ?? one.id;
      return fullUrl === undefined ? [] : [[fullUrl, `${one.definition.type}/${id}`]];
    }),
  );
  const written: Written[] = [];
  for (const one of all) {
    const found = existing.get(one);
    written.push(
      found
        ? { prepared: one, stored: found, status: 200 }
        : await ofEntry(one, () => writeOne(tx, one, placeholders)),
    );
  }
  return written;
}

async function writeOne(tx: Transaction, one: Prepared, placeholders: Placeholders): Promise<Written> {
  const { action, entry, id, interaction, ifMatch, store, draft } = one;
  const resource = withoutPlaceholders(entry, one.resource, placeholders);
  const stored =
    action === 'create'
      ? await store.insert(tx, { ...draft, resource }, id)
      : await store.replace(tx, { id, resource, ...(ifMatch === undefined ? {} : { ifMatch }) }, interaction);
  await interaction.audit.written(tx, stored);
  return { prepared: one, stored, status: action === 'create' ? 201 : 200 };
}

/** What the caller did wrong is told with its entry; what the database says goes to who repeats the transaction. */
async function ofEntry<T>({ entry }: Prepared, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof HttpProblem ? errorOf([{ entry, error }]) : error;
  }
}

async function replyTo({ prepared, stored, status }: Written): Promise<Reply> {
  const { definition, gate, record, req } = prepared;
  const shown = await readable(gate, definition, stored);
  const reply = writeReply(status, { stored, shown, base: baseUrlOf(req) }, preferencesOf(req));
  await record.granted(reply.body);
  return reply;
}

/** A trail that keeps what is written by a transaction, and adds all of it at once. */
function pendingTrail(trail: AuditTrail): {
  readonly trail: AuditTrail;
  clear(): void;
  flush(tx: Transaction): Promise<void>;
} {
  let accesses: Access[] = [];
  return {
    trail: {
      record: (some) => trail.record(some),
      add(_tx, some): Promise<void> {
        accesses.push(...some);
        return Promise.resolve();
      },
    },
    clear(): void {
      accesses = [];
    },
    async flush(tx): Promise<void> {
      if (accesses.length > 0) await trail.add(tx, accesses);
    },
  };
}
