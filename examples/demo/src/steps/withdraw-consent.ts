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
  /** From the answer to the withdrawal to the answer of the next read, which is refused. */
  readonly effectiveMs: number;
  readonly faults: readonly string[];
}

const TREATS_WITHIN_MS = 60_000;

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
  const before = await statusWhenTreating(() => readAs(practitioner));
  const consent = withdrawalOf(patientId, practitionerId);
  const call = { method: 'POST', path: 'Consent', body: consent, idempotencyKey: randomUUID() } as const;
  const answer = await latencies.time('withdraw consent', () => fhir.send(visit.by, call));
  const since = performance.now();
  const { id } = parsed(call, answer, { status: [201], schema: created });
  const withdrawn = await readAs(practitioner);
  const effectiveMs = performance.now() - since;
  const back = {
    method: 'PUT',
    path: `Consent/${id}`,
    body: { ...(answer.body as object), status: 'inactive' },
    ifMatch: answer.etag,
  } as const;
  parsed(back, await fhir.send(visit.by, back), { status: [200], schema: created });
  return judge([before, withdrawn, await readAs(practitioner)], effectiveMs);
}

/** Identity learns of the visit, and so of who treats whom, by an event: the first reads may come before it. */
async function statusWhenTreating(read: () => Promise<number>): Promise<number> {
  const deadline = performance.now() + TREATS_WITHIN_MS;
  let status = await read();
  while (status !== 200 && performance.now() < deadline) {
    await delay(100);
    status = await read();
  }
  return status;
}

function judge(statuses: readonly number[], effectiveMs: number): Withdrawal {
  const isRefused = [403, 404].includes(statuses[1] ?? 0);
  const isAsExpected = statuses[0] === 200 && isRefused && statuses[2] === 200;
  const faults = isAsExpected
    ? []
    : [`reads around a withdrawal of consent are answered ${statuses.join(', ')}`];
  return { statuses, effectiveMs, faults };
}
