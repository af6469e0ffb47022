import { randomUUID } from 'node:crypto';
import { parsed } from '../client/fhir-client.ts';
import { created } from '../client/resources.ts';
import type { Entered } from '../enter.ts';
import { Authenticator } from '../login/pages.ts';
import type { Session } from '../login/session.ts';
import type { Latencies } from '../report/latency.ts';
import type { BookedVisit } from './bookings.ts';

/** What a practitioner saw of a patient whom they treat. */
export interface Withdrawal {
  /** Before the patient said anything, after they withdrew, and after they took that back: statuses of HTTP. */
  readonly statuses: readonly number[];
  /** From the answer to the withdrawal to the first refusal. */
  readonly effectiveMs: number;
  readonly faults: readonly string[];
}

/** How long a withdrawal may take until it counts in every replica. */
const MOST_MS = 100;

function idOf(visit: BookedVisit, type: 'Patient' | 'Practitioner'): string {
  const references = visit.expected.participant.map(({ actor }) => actor.reference);
  return references.find((reference) => reference.startsWith(`${type}/`))?.slice(type.length + 1) ?? '';
}

/** Opens an account for a practitioner and logs them in, with the second factor that staff needs. */
async function logInAs({ administration, login }: Entered, practitionerId: string): Promise<Session> {
  const username = `${randomUUID()}@staff.example`;
  const password = `demo ${randomUUID()}`;
  const person = `Practitioner/${practitionerId}`;
  await administration.openAccount({ email: username, password, role: 'practitioner', person });
  return login({ username, password, authenticator: new Authenticator() });
}

/** A Consent by which a patient keeps a practitioner out (hl7.org/fhir/R4/consent.html). */
function withdrawalOf(patientId: string, practitionerId: string): object {
  const coding = (system: string, code: string): object => ({ coding: [{ system, code }] });
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: coding('http://terminology.hl7.org/CodeSystem/consentscope', 'patient-privacy'),
    category: [coding('http://loinc.org', '59284-0')],
    patient: { reference: `Patient/${patientId}` },
    dateTime: new Date().toISOString(),
    policyRule: coding('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'OPTIN'),
    provision: {
      type: 'deny',
      actor: [
        {
          role: coding('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'PRCP'),
          reference: { reference: `Practitioner/${practitionerId}` },
        },
      ],
    },
  };
}

/** A patient withdraws consent for the practitioner of a visit, and takes that back; the practitioner reads each time. */
export async function withdrawConsent(
  entered: Entered,
  latencies: Latencies,
  visit: BookedVisit,
): Promise<Withdrawal> {
  const { fhir } = entered.api;
  const [patientId, practitionerId] = [idOf(visit, 'Patient'), idOf(visit, 'Practitioner')];
  const practitioner = await logInAs(entered, practitionerId);
  const readAs = async (by: Session): Promise<number> =>
    (await fhir.send(by, { method: 'GET', path: `Patient/${patientId}` })).status;
  const before = await readAs(practitioner);
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

function judge(statuses: readonly number[], effectiveMs: number): Withdrawal {
  const isRefused = [403, 404].includes(statuses[1] ?? 0);
  const isAsExpected = statuses[0] === 200 && isRefused && statuses[2] === 200;
  const faults = isAsExpected
    ? []
    : [`reads around a withdrawal of consent are answered ${statuses.join(', ')}`];
  if (effectiveMs > MOST_MS && !isRefused) faults.push(`the withdrawal did not count within ${MOST_MS} ms`);
  return { statuses, effectiveMs, faults };
}
