import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { scheduleOf, slotAt, visitOf } from '../../services/appointments/test/fhir.ts';
import { inDays } from '../../services/appointments/test/times.ts';
import type { Clinic } from './clinic.ts';
import type { Ask } from './load.ts';

/** What a patient of the clinic asks for, with a token of their own. */
export interface Reads {
  readonly appointment: Ask;
  readonly patient: Ask;
}

const BASE = '/fhir/R4';
const SLOT_MINUTES = 30;

/** So many patients with a visit each, made over the API as a clinic would. */
export async function admitPatients(clinic: Clinic, count: number): Promise<Reads[]> {
  const dispatcher = new Agent({ connect: { ca: clinic.ca } });
  const create = async (token: string, body: Record<string, unknown>): Promise<string> => {
    const answer = await request(`${clinic.url}${BASE}/${String(body['resourceType'])}`, {
      dispatcher,
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/fhir+json',
        'idempotency-key': randomUUID(),
      },
      body: JSON.stringify(body),
    });
    const made = (await answer.body.json()) as { readonly id?: string };
    if (answer.statusCode !== 201 || made.id === undefined)
      throw new Error(`${String(answer.statusCode)}: ${JSON.stringify(made)}`);
    return made.id;
  };
  const desk = await clinic.token({ role: 'frontdesk' });
  const admin = await clinic.token({ role: 'admin', claims: { scope: 'user/*.cruds' } });
  const practitionerId = await create(admin, { resourceType: 'Practitioner', name: [{ family: 'Doctor' }] });
  const doctor = await clinic.token({
    role: 'practitioner',
    person: { type: 'Practitioner', id: practitionerId },
  });
  const scheduleId = await create(doctor, scheduleOf({ practitionerId, slotMinutes: SLOT_MINUTES }));
  const reads: Reads[] = [];
  for (let n = 0; n < count; n += 1) {
    const id = await create(desk, patientOf(n));
    const token = await clinic.token({ role: 'patient', person: { type: 'Patient', id } });
    const slot = slotAt(scheduleId, inDays(2, n * SLOT_MINUTES));
    const appointment = await create(token, visitOf(id, slot));
    const headers = { authorization: `Bearer ${token}` };
    reads.push({
      appointment: { path: `${BASE}/Appointment/${appointment}`, headers },
      patient: { path: `${BASE}/Patient/${id}`, headers },
    });
  }
  await dispatcher.close();
  return reads;
}

function patientOf(n: number): Record<string, unknown> {
  return {
    resourceType: 'Patient',
    name: [{ use: 'official', family: `Example${String(n)}`, given: ['Ann', 'Beatrix'] }],
    birthDate: '1980-02-03',
    telecom: [{ system: 'phone', value: `+1555${String(1_000_000 + n)}` }],
    address: [{ line: ['1 Main Street'], city: 'Springfield', postalCode: '01101', country: 'US' }],
  };
}
