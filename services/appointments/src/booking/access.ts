import { Forbidden, Invalid } from '@careplane/kit';
import type { User } from '@careplane/kit';
import type { AppointmentRecord } from './records.ts';

/** Whether a caller may see (and cancel) an appointment: its patient, its practitioner, the admin. */
export function mayRead(
  user: User,
  appointment: Pick<AppointmentRecord, 'patientId' | 'practitionerId'>,
): boolean {
  switch (user.role) {
    case 'patient':
      return appointment.patientId === user.sub;
    case 'practitioner':
      return appointment.practitionerId === user.sub;
    case 'admin':
      return true;
    default:
      return false;
  }
}

/** Whose appointments a list shows. */
export type Owner =
  { readonly patientId: string } | { readonly practitionerId: string } | Record<string, never>;

/** The people a list is asked for. */
export interface OwnerWish {
  readonly patient?: string | undefined;
  readonly practitioner?: string | undefined;
}

/**
 * Whose appointments a caller may list: their own; the admin those of one patient, of one practitioner, or all.
 *
 * @throws Forbidden when somebody else asks for another's; Invalid for a patient and a practitioner at once.
 */
export function ownerOf(user: User, wish: OwnerWish): Owner {
  if (user.role === 'admin') return anyOwner(wish);
  const [own, other] =
    user.role === 'patient' ? [wish.patient, wish.practitioner] : [wish.practitioner, wish.patient];
  if (other !== undefined || (own ?? user.sub) !== user.sub)
    throw new Forbidden('Only your own appointments');
  return user.role === 'patient' ? { patientId: user.sub } : { practitionerId: user.sub };
}

function anyOwner({ patient, practitioner }: OwnerWish): Owner {
  if (patient !== undefined && practitioner !== undefined) {
    throw new Invalid([{ path: 'query.patient', message: 'give a patient or a practitioner, not both' }]);
  }
  if (patient !== undefined) return { patientId: patient };
  return practitioner === undefined ? {} : { practitionerId: practitioner };
}
