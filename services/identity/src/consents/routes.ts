import {
  currentUser,
  etagOf,
  Forbidden,
  ifMatchVersion,
  isDuplicateKey,
  NotFound,
  PreconditionFailed,
  route,
  withTransaction,
} from '@careplane/kit';
import type { Reply, RequestHandler, Transaction } from '@careplane/kit';
import { z } from 'zod';
import type { Parts } from '../parts.ts';
import { mayReadPatient } from '../patients/access.ts';
import type { ConsentRecord, Store } from '../store.ts';
import { consentOf, readConsents } from './read.ts';
import { CONSENT_SCOPES } from './scopes.ts';
import type { ConsentScope } from './scopes.ts';

const ofPatient = z.object({ id: z.uuid() });
const ofScope = z.object({ id: z.uuid(), scope: z.enum(CONSENT_SCOPES) });
const decision = z.strictObject({ granted: z.boolean() });

/** `GET /v1/patients/:id/consents`: every scope with its version; whoever may read the patient. */
export function listConsents({ store }: Parts): RequestHandler {
  return route({ params: ofPatient }, async ({ params, req }) => {
    mayReadPatient(currentUser(req), params.id);
    if (!(await patientExists(store, params.id))) throw new NotFound();
    return { status: 200, body: { items: await readConsents(store, params.id) } };
  });
}

/**
 * `PUT /v1/patients/:id/consents/:scope`: the patient's own decision and nobody else's, made against a version
 * (`If-Match`, `W/"0"` for the first). The change and its event are one transaction.
 */
export function putConsent(parts: Parts): RequestHandler {
  return route({ params: ofScope, body: decision }, async ({ params, body, req }) => {
    const user = currentUser(req);
    if (user.role !== 'patient' || user.sub !== params.id) throw new Forbidden('Only the patient decides');
    const change = {
      patientId: params.id,
      scope: params.scope,
      granted: body.granted,
      against: ifMatchVersion(req),
    };
    const record = await withTransaction(parts.mongo, (tx) => decide(parts, tx, change));
    return reply(record);
  });
}

interface Change {
  readonly patientId: string;
  readonly scope: ConsentScope;
  readonly granted: boolean;
  /** The version the patient has seen. */
  readonly against: number;
}

async function decide({ store, outbox }: Parts, tx: Transaction, change: Change): Promise<ConsentRecord> {
  const { patientId, scope, granted, against } = change;
  if (!(await patientExists(store, patientId, tx))) throw new NotFound();
  const record: ConsentRecord = {
    _id: `${patientId}|${scope}`,
    patientId,
    scope,
    granted,
    version: against + 1,
    updatedAt: new Date(),
  };
  if (against === 0) await insertFirst(() => store.consents.insert([record], tx));
  else {
    const filter = { _id: record._id, version: against };
    const { matchedCount } = await store.consents.replaceOne(filter, record, tx);
    if (matchedCount === 0) throw new PreconditionFailed();
  }
  await outbox.add(tx, 'consent.changed', {
    subject: patientId,
    data: { patientId, scope, granted, version: record.version },
  });
  return record;
}

async function patientExists(store: Store, id: string, tx?: Transaction): Promise<boolean> {
  const options = { projection: { _id: 1 }, ...(tx ? { session: tx.session } : {}) };
  return (await store.patients.findOne({ _id: id }, options)) !== null;
}

async function insertFirst(insert: () => Promise<unknown>): Promise<void> {
  try {
    await insert();
  } catch (error) {
    if (isDuplicateKey(error)) throw new PreconditionFailed();
    throw error;
  }
}

function reply(record: ConsentRecord): Reply {
  return { status: 200, headers: { etag: etagOf(record.version) }, body: consentOf(record) };
}
