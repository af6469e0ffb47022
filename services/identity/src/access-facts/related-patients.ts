import { decide, defaultPurpose, NO_FACTS } from '@careplane/access';
import type { Attributes, Subject } from '@careplane/access';
import { MOST_PATIENTS } from '@careplane/kit';
import { personOf } from '../accounts/account.ts';
import type { AccountRecord } from '../accounts/account.ts';
import { factsNow, ownerOf } from './facts.ts';
import type { FactsParts } from './facts.ts';

/** So many groups of patients are looked at for a choice: whom it does not show is found by a number. */
const LOOKS = 5;

/**
 * Patients whose record an account may read because it acts for them or treats them: whom it may choose for an app, at least
 * `MOST_PATIENTS` where there are so many. The one decision point says who is among them, so that a consent hides a name here, too.
 */
export async function relatedPatients(parts: FactsParts, account: AccountRecord): Promise<string[]> {
  const subject = subjectOf(account);
  const owner = ownerOf(subject);
  if (!owner) return [];
  const { actsFor, treats } = await factsNow(parts, owner, { withoutConsents: true });
  const related = [...new Set([...actsFor, ...treats].map(({ patient }) => patient))];
  const readable: string[] = [];
  for (let look = 0; look < LOOKS && readable.length < MOST_PATIENTS; look += 1) {
    const some = related.slice(look * MOST_PATIENTS, (look + 1) * MOST_PATIENTS);
    if (some.length === 0) break;
    const targets = some.map((id) => ({ id: [id], patient: [id] }));
    const allowed = await decideEach(parts, { subject, action: 'read', targets });
    readable.push(...some.filter((_, at) => allowed[at]));
  }
  return readable;
}

/** The patients whose audit an account may read: itself and those it acts for, as the one decision point answers it. */
export async function auditedPatients(parts: FactsParts, account: AccountRecord): Promise<string[]> {
  const own = personOf(account);
  if (account.role !== 'patient' || own?.type !== 'Patient') return [];
  const subject = subjectOf(account, 'user/AuditEvent.rs');
  const owner = ownerOf(subject);
  const { actsFor } = owner ? await factsNow(parts, owner, { withoutConsents: true }) : NO_FACTS;
  const patients = [...new Set([own.id, ...actsFor.map(({ patient }) => patient)])].slice(0, MOST_PATIENTS);
  const targets = patients.map((id) => ({ patient: [id] }));
  const allowed = await decideEach(parts, { subject, action: 'search', type: 'AuditEvent', targets });
  return patients.filter((_, at) => allowed[at]);
}

/** Whether an account may find each of these patients by a search, as the one decision point answers it. */
export function areFindable(
  parts: FactsParts,
  account: AccountRecord,
  targets: readonly Attributes[],
): Promise<readonly boolean[]> {
  return decideEach(parts, { subject: subjectOf(account), action: 'search', targets });
}

interface Asked {
  readonly subject: Subject;
  readonly action: 'read' | 'search';
  /** Default: Patient. */
  readonly type?: string;
  /** Of `MOST_PATIENTS` patients at most. */
  readonly targets: readonly Attributes[];
}

/** Decides about patients by the facts that are about them: what is read does not grow with the practice. */
async function decideEach(
  parts: FactsParts,
  { subject, action, type = 'Patient', targets }: Asked,
): Promise<readonly boolean[]> {
  if (targets.length === 0) return [];
  const owner = ownerOf(subject);
  const patients = targets.flatMap(({ patient = [] }) => patient);
  const facts = owner ? await factsNow(parts, owner, { patients }) : NO_FACTS;
  const circumstances = { purpose: defaultPurpose(subject), facts, now: new Date() };
  return targets.map(
    (attributes) => decide(subject, action, { type, attributes }, circumstances).effect === 'allow',
  );
}

/** An account at the log-in pages, before an app has anything. */
function subjectOf(account: AccountRecord, scope = 'user/Patient.rs'): Subject {
  const person = personOf(account);
  return {
    id: account._id,
    role: account.role,
    client: 'careplane-login',
    scopes: [scope],
    ...(person ? { person } : {}),
  };
}
