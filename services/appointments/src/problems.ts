import { HttpProblem } from '@careplane/kit';
import type { Misfit } from './slots/slots.ts';
import type { ClaimConflict } from './booking/claim.ts';

/** A problem with a code that clients may decide by; `type` is the same code as a URI (RFC 9457, 3.1.1). */
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

const MISFITS: Readonly<Record<Misfit, string>> = {
  'in-the-past': 'This time is over',
  'not-on-grid': "The visit does not begin and end on the schedule's grid",
  'outside-hours': 'The schedule is not open at this time',
};

/** 409: somebody else has the time. */
export function conflict(code: ClaimConflict): HttpProblem {
  return coded(409, code, CONFLICTS[code]);
}

/** 422: the visit cannot be on this schedule, whoever asks. */
export function misfits(code: Misfit): HttpProblem {
  return coded(422, code, MISFITS[code]);
}

/** 422: there is no such schedule. */
export function unknownSchedule(): HttpProblem {
  return coded(422, 'unknown-schedule', 'There is no such schedule');
}

/** 422: the visit has begun. */
export function alreadyBegun(): HttpProblem {
  return coded(422, 'already-begun', 'The appointment has begun and cannot be cancelled');
}
