import type { Purpose } from './action.ts';
import type { Role, Subject } from './subject.ts';

/** For what a role may use data, in an app that is registered for it. The first needs no registration. */
export const PURPOSES_OF: Readonly<Record<Role, readonly [Purpose, ...Purpose[]]>> = {
  patient: ['PATRQT', 'FAMRQT'],
  practitioner: ['TREAT', 'HOPERAT', 'HRESCH', 'BTG'],
  frontdesk: ['HOPERAT', 'HPAYMT'],
  compliance: ['HOPERAT'],
  admin: ['HOPERAT'],
  app: ['HOPERAT', 'TREAT', 'HPAYMT', 'PATRQT', 'HRESCH', 'PUBHLTH'],
};

/** For what a subject may use data: what is its role's and its app's. A caller picks among these, and names no other. */
export function purposesFor({ role, purposes }: Pick<Subject, 'role' | 'purposes'>): readonly Purpose[] {
  const ofRole = PURPOSES_OF[role];
  return purposes ? ofRole.filter((purpose) => purposes.includes(purpose)) : ofRole.slice(0, 1);
}

/** The purpose of a request that names none: the first that the subject has. */
export function defaultPurpose(subject: Pick<Subject, 'role' | 'purposes'>): Purpose {
  return purposesFor(subject)[0] ?? PURPOSES_OF[subject.role][0];
}
