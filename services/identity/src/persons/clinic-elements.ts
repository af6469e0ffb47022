import { isDeepStrictEqual } from 'node:util';
import type { Subject } from '@careplane/access';
import { HttpProblem } from '@careplane/kit';
import type { Resource, Stored } from '@careplane/kit';

/** What the clinic says of a patient: who they are to it, who treats them, that they died. `active` and `link` decide what is found. */
const OF_CLINIC = [
  'identifier',
  'active',
  '_active',
  'deceasedBoolean',
  '_deceasedBoolean',
  'deceasedDateTime',
  '_deceasedDateTime',
  'generalPractitioner',
  'managingOrganization',
  'link',
] as const;

/** Ends the authority of parents, so that neither they nor the child moves it while somebody acts for the child. */
const OF_THE_CHILD = ['birthDate', '_birthDate'] as const;

/** Whether it matters for `withClinicElements` that somebody acts for the patient: only where patients change their own birth date. */
export function dependsOnProxies(stored: Stored, sent: Resource, subject: Subject): boolean {
  return (
    isOwnOf(stored, sent, subject) &&
    OF_THE_CHILD.some((name) => !isDeepStrictEqual(sent[name], stored[name]))
  );
}

function isOwnOf({ id }: Stored, { resourceType }: Resource, { role, person }: Subject): boolean {
  return resourceType === 'Patient' && role === 'patient' && person?.type === 'Patient' && person.id === id;
}

/**
 * A Patient as its patient, or who acts for them, may change it: what the clinic says stays, also where it is left out.
 * @throws HttpProblem 403 that names each element that would change
 */
export function withClinicElements(
  stored: Stored,
  sent: Resource,
  subject: Subject,
  isActedFor: boolean,
): Resource {
  if (sent.resourceType !== 'Patient' || subject.role !== 'patient') return sent;
  const isOwn = isOwnOf(stored, sent, subject);
  const names: readonly string[] = isOwn && !isActedFor ? OF_CLINIC : [...OF_CLINIC, ...OF_THE_CHILD];
  const changed = names.filter(
    (name) => sent[name] !== undefined && !isDeepStrictEqual(sent[name], stored[name]),
  );
  if (changed.length > 0) throw notTheirs(changed);
  const kept = names.filter((name) => stored[name] !== undefined);
  return { ...sent, ...Object.fromEntries(kept.map((name) => [name, stored[name]])) };
}

function notTheirs(names: readonly string[]): HttpProblem {
  const errors = names.map((name) => ({
    path: `Patient.${name.replace(/^_/, '')}`,
    message: 'is changed by the clinic only',
    code: 'forbidden',
  }));
  return new HttpProblem(403, 'Not allowed', { extensions: { errors } });
}
