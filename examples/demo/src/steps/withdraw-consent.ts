import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { withdrawalOf } from '../client/consent.ts';
import { parsed } from '../client/fhir-client.ts';
import { created } from '../client/resources.ts';
import type { Entered } from '../enter.ts';
import type { Session } from '../login/session.ts';
import type { Latencies } from '../report/latency.ts';
import type { BookedVisit } from './bookings.ts';
import { logInStaff } from './staff.ts';

/** What a practitioner saw of a patient whom they treat. */
export interface Withdrawal {
  /** Before the patient said anything, after they withdrew, and after they took that back: statuses of HTTP. */
  readonly statuses: readonly number[];
  /** From the answer to the withdrawal to the beginning of the last read that was still let through; 0: the next one was refused. */
  readonly effectiveMs: number;
  readonly faults: readonly string[];
}

/** How long a withdrawal may take until it counts in every replica and cache. */
const MOST_MS = 100;
const TREATS_WITHIN_MS = 60_000;
/** To show how late it is, where it is too late. */
const COUNTS_WITHIN_MS = 5_000;

function idOf(visit: BookedVisit, type: 'Patient' | 'Practitioner'): string {
  const references = visit.expected.participant.map(({ actor }) => actor.reference);
  return references.find((reference) => reference.startsWith(`${type}/`))?.slice(type.length + 1) ?? '';
}

/** A patient withdraws consent for the practitioner of a visit, and takes that back; the practitioner reads each time. */
export async function withdrawConsent(
  entered: Entered,
  latencies: Latencies,
  visit: BookedVisit,
): Promise<Withdrawal> {
  const { fhir } = entered.api;
  const [patientId, practitionerId] = [idOf(visit, 'Patient'), idOf(visit, 'Practitioner')];
  const practitioner = await logInStaff(entered, practitionerId);
  const readAs = async (by: Session): Promise<number> =>
    (await fhir.send(by, { method: 'GET', path: `Patient/${patientId}` })).status;
  // Identity learns of the visit, and so of who treats whom, by an event: the first reads may come before it.
  const before = await until(isRead, () => readAs(practitioner), TREATS_WITHIN_MS);
  const consent = withdrawalOf(patientId, practitionerId);
  const call = { method: 'POST', path: 'Consent', body: consent, idempotencyKey: randomUUID() } as const;
  const answer = await latencies.time('withdraw consent', () => fhir.send(visit.by, call));
  const { id } = parsed(call, answer, { status: [201], schema: created });
  const withdrawn = await until(isRefused, () => readAs(practitioner), COUNTS_WITHIN_MS);
  const back = {
    method: 'PUT',
    path: `Consent/${id}`,
    body: { ...(answer.body as object), status: 'inactive' },
    ifMatch: answer.etag,
  } as const;
  parsed(back, await fhir.send(visit.by, back), { status: [200], schema: created });
  const after = await until(isRead, () => readAs(practitioner), COUNTS_WITHIN_MS);
  return judge([before.status, withdrawn.status, after.status], withdrawn.ms);
}

const isRead = (status: number): boolean => status === 200;
const isRefused = (status: number): boolean => status === 403 || status === 404;

/** Reads until the answer is as wanted. `ms`: from now to the beginning of the last read that was answered otherwise. */
async function until(
  wanted: (status: number) => boolean,
  read: () => Promise<number>,
  withinMs: number,
): Promise<{ status: number; ms: number }> {
  const since = performance.now();
  let ms = 0;
  for (;;) {
    const began = performance.now() - since;
    const status = await read();
    if (wanted(status) || began > withinMs) return { status, ms };
    ms = began;
    await delay(10);
  }
}

function judge(statuses: readonly number[], effectiveMs: number): Withdrawal {
  const [before = 0, withdrawn = 0, after = 0] = statuses;
  const isAsExpected = isRead(before) && isRefused(withdrawn) && isRead(after);
  const faults = isAsExpected
    ? []
    : [`reads around a withdrawal of consent are answered ${statuses.join(', ')}`];
  if (effectiveMs > MOST_MS)
    faults.push(
      `a withdrawal of consent counted after ${effectiveMs.toFixed(0)} ms, must be ${MOST_MS} or less`,
    );
  return { statuses, effectiveMs, faults };
}
