import { startAppointmentsLab } from './appointments-lab.ts';
import type { Answer, AppointmentsLab, Caller, Extras } from './appointments-lab.ts';
import { scheduleOf, slotAt, visitOf } from './fhir.ts';

export const BASE = '/fhir/R4';

/** Appointments in two instances, asked over FHIR, and one schedule that is open around the clock. */
export interface FhirLab {
  readonly lab: AppointmentsLab;
  readonly doctor: Caller;
  readonly patient: Caller;
  readonly frontDesk: Caller;
  /** Of the doctor. */
  readonly scheduleId: string;
  readonly open: (caller: Caller, body: object) => Promise<Answer>;
  readonly create: (caller: Caller, body: object, extras?: Extras, instance?: number) => Promise<Answer>;
  /** Books on the schedule for the caller. */
  readonly book: (
    caller: Caller,
    start: string,
    more?: Readonly<Record<string, unknown>>,
    extras?: Extras,
  ) => Promise<Answer>;
  readonly get: (path: string, caller: Caller) => Promise<Answer>;
  readonly put: (
    caller: Caller,
    body: Readonly<Record<string, unknown>>,
    ifMatch?: string,
  ) => Promise<Answer>;
  /** Cancels the first version of what was made. */
  readonly cancel: (caller: Caller, made: Answer | undefined) => Promise<Answer>;
}

export async function startFhirLab(): Promise<FhirLab> {
  const lab = await startAppointmentsLab(2);
  const [doctor, patient, frontDesk] = [
    await lab.caller('practitioner'),
    await lab.caller('patient'),
    await lab.caller('frontdesk'),
  ];
  const open: FhirLab['open'] = (caller, body) => lab.call(0, `POST ${BASE}/Schedule`, caller, { body });
  const scheduleId = String((await open(doctor, scheduleOf({ practitionerId: doctor.sub }))).body['id']);
  const create: FhirLab['create'] = (caller, body, extras = {}, instance = 0) =>
    lab.call(instance, `POST ${BASE}/Appointment`, caller, { body, ...extras });
  const put: FhirLab['put'] = (caller, body, ifMatch) =>
    lab.call(0, `PUT ${BASE}/${String(body['resourceType'])}/${String(body['id'])}`, caller, {
      body,
      ...(ifMatch !== undefined && { ifMatch }),
    });
  return {
    lab,
    doctor,
    patient,
    frontDesk,
    scheduleId,
    open,
    create,
    book: (caller, start, more = {}, extras = {}) =>
      create(caller, visitOf(caller.sub, slotAt(scheduleId, start), more), extras),
    get: (path, caller) => lab.call(0, `GET ${BASE}/${path}`, caller),
    put,
    cancel: (caller, made) => put(caller, { ...made?.body, status: 'cancelled' }, 'W/"1"'),
  };
}
