import { Forbidden } from '@careplane/kit';
import type { User } from '@careplane/kit';

/** Who may read a patient: the patient, a practitioner, an administrator. @throws Forbidden for anybody else. */
export function mayReadPatient(user: User, patientId: string): void {
  const isOwn = user.role === 'patient' && user.sub === patientId;
  if (!isOwn && user.role !== 'practitioner' && user.role !== 'admin') throw new Forbidden();
}
