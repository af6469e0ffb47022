import { HttpProblem } from '@careplane/kit';
import type { Misfit } from './slots/slots.ts';
import type { ClaimConflict } from './booking/claim.ts';

/**
 * A problem with a code that clients may decide by; `type` is the same code as a URI (RFC 9457, 3.1.1). Below `/fhir` the code
 * is the one of the details.
 */
function coded(status: number, code: string, detail: string): HttpProblem {
  const title = status === 409 ? 'Conflict' : 'Not processable';
  return new HttpProblem(status, title, {
    detail,
    extensions: { type: `urn:careplane:problem:${code}`, code },
  });
}

const CONFLICTS: Readonly<Record<ClaimConflict, string>> = {
  'slot-taken': 'This time has just been taken: choose another one',
  'patient-busy': 'The patient has another appointment at this time',
};

const REFUSALS = {
  'in-the-past': 'This time is over',
  'not-on-grid': "The visit does not begin and end on the schedule's grid",
  'outside-hours': 'The schedule is not open at this time',
  'unknown-schedule': 'There is no such schedule',
  'unknown-slot': 'There is no such slot',
  'unknown-patient': 'There is no such patient',
  'unknown-practitioner': 'There is no such practitioner',
  'another-practitioner': 'The practitioner of a schedule is not changed: open another schedule',
  'not-their-length': 'A visit is as long as the slot of its schedule',
  'slots-apart': 'The slots of a visit follow each other, each once',
  'already-begun': 'The appointment has begun and cannot be cancelled',
  'not-booked': 'The appointment is not booked any more',
  'not-changeable':
    'Time, schedule and participants of an appointment are not changed: cancel it and book anew',
  'status-not-served': 'An appointment becomes booked when it is made, and cancelled after that',
} as const satisfies Readonly<Record<Misfit, string>> & Readonly<Record<string, string>>;
export type Refusal = keyof typeof REFUSALS;

/** 409: somebody else has the time. */
export function conflict(code: ClaimConflict): HttpProblem {
  return coded(409, code, CONFLICTS[code]);
}

/** 422: well-formed, and not possible, whoever asks. */
export function refused(code: Refusal): HttpProblem {
  return coded(422, code, REFUSALS[code]);
}
