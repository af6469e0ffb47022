import { ALL } from '@careplane/access';
import { accessSchema, route } from '@careplane/kit';
import type { AuditTrail, InternalRoute, RequestHandler, SearchQuery } from '@careplane/kit';
import { z } from 'zod';
import { isReadable } from '../events/store.ts';
import type { EventStore, Opened } from '../events/store.ts';
import { UNREADABLE } from '../events/to-audit-event.ts';
import { languageOf, wordsOf } from '../words/words.ts';
import type { Telling } from '../words/words.ts';

export interface AccessesParts {
  readonly events: Pick<EventStore, 'find' | 'tellingOf'>;
  readonly audit: AuditTrail;
}

/** Identity asks for a person who is logged in at its pages, and has decided that they may see it. */
export const internalRoutes: readonly InternalRoute<AccessesParts>[] = [
  { method: 'POST', path: '/internal/accesses', callers: ['identity'], handle: readAccesses },
];

const id = z.string().regex(/^[A-Za-z0-9.-]{1,64}$/);
/** Records of one human: merges make them several. */
const MOST_RECORDS = 100;

const question = z.object({
  /** Who reads it. */
  agent: accessSchema.shape.agent,
  /** The records of the one patient. */
  patients: z.array(id).min(1).max(MOST_RECORDS),
  /** As `Accept-Language`. */
  language: z.string().max(1_000).optional(),
  /** Epoch milliseconds: from then on, and before then. */
  from: z.int().optional(),
  until: z.int().optional(),
  count: z.int().min(1).max(100),
  cursor: z.string().max(4_096).optional(),
});
type Question = z.infer<typeof question>;

/** `POST /internal/accesses`: who did what with a record, in plain words, the newest first. The read is an entry itself. */
function readAccesses({ events, audit }: AccessesParts): RequestHandler {
  return route({ body: question }, async ({ body }) => {
    const { entries, next } = await events.find(queryOf(body));
    const vocabulary = languageOf(body.language);
    const telling = await events.tellingOf(entries, { vocabulary, reader: body.agent.person?.id });
    const [patient] = body.patients;
    await audit.record([
      {
        action: 'search',
        outcome: 'granted',
        agent: body.agent,
        purpose: 'PATRQT',
        ...(patient === undefined ? {} : { patient }),
        entities: entries.map((entry) => ({ type: 'AuditEvent', id: entry.id })),
        criteria: ['patient'],
      },
    ]);
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: {
        language: vocabulary.code,
        accesses: entries.map((entry) => told(entry, telling)),
        ...(next === undefined ? {} : { next }),
      },
    };
  });
}

function told(entry: Opened, telling: Telling): object {
  const { id: entryId, recorded, outcome } = entry;
  if (isReadable(entry)) return { id: entryId, recorded, result: outcome, ...wordsOf(entry, telling) };
  const words = { who: UNREADABLE[entry.unreadable], what: entry.action, outcome };
  return { id: entryId, recorded, result: outcome, ...words };
}

function queryOf({ patients, from, until, count, cursor }: Question): SearchQuery {
  const moment = (comparison: 'ge' | 'lt', at: number | undefined): SearchQuery['filters'] =>
    at === undefined
      ? []
      : [{ name: 'date', values: [{ type: 'date', comparison, start: at, end: at + 1 }] }];
  const references = patients.map((one) => ({ type: 'reference', target: 'Patient', id: one }) as const);
  return {
    filters: [{ name: 'patient', values: references }, ...moment('ge', from), ...moment('lt', until)],
    // identity has decided about these patients: the filter is the constraint
    constraint: ALL,
    sort: [],
    count,
    wantsTotal: false,
    ...(cursor === undefined ? {} : { cursor }),
  };
}
