import type { Subject } from '@careplane/access';
import type { Owner } from '../content/index.ts';

/** Whoever asks, as the owner of what they upload. */
export function ownerOf({ id, role }: Pick<Subject, 'id' | 'role'>): Owner {
  return { id, isPatient: role === 'patient' };
}
