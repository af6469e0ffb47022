import { decide, defaultPurpose, NO_FACTS } from '@careplane/access';
import type { Circumstances, Constraint, Subject } from '@careplane/access';
import { personOf } from '../accounts/account.ts';
import type { AccountRecord } from '../accounts/account.ts';
import { factsNow, ownerOf } from './facts.ts';
import type { FactsParts } from './facts.ts';

/**
 * Patients whose record an account may read because it acts for them or treats them: whom it may choose for an app. The one decision
 * point says who is among them, so that a consent hides a name here, too.
 */
export async function relatedPatients(parts: FactsParts, account: AccountRecord): Promise<string[]> {
  const { subject, circumstances } = await questionOf(parts, account);
  const { actsFor, treats } = circumstances.facts;
  const related = [...actsFor, ...treats].map(({ patient }) => patient);
  return [...new Set(related)].filter((id) => {
    const attributes = { id: [id], patient: [id] };
    return decide(subject, 'read', { type: 'Patient', attributes }, circumstances).effect === 'allow';
  });
}

/** Which patients an account may find by a search, as the one decision point answers it; undefined: none. */
export async function findablePatients(
  parts: FactsParts,
  account: AccountRecord,
): Promise<Constraint | undefined> {
  const { subject, circumstances } = await questionOf(parts, account);
  const decision = decide(subject, 'search', { type: 'Patient' }, circumstances);
  return decision.effect === 'allow' ? decision.constraint : undefined;
}

/** An account at the log-in pages, before an app has anything. */
async function questionOf(
  parts: FactsParts,
  account: AccountRecord,
): Promise<{ readonly subject: Subject; readonly circumstances: Circumstances }> {
  const person = personOf(account);
  const subject: Subject = {
    id: account._id,
    role: account.role,
    client: 'careplane-login',
    scopes: ['user/Patient.rs'],
    ...(person ? { person } : {}),
  };
  const owner = ownerOf(subject);
  const facts = owner ? await factsNow(parts, owner) : NO_FACTS;
  return { subject, circumstances: { purpose: defaultPurpose(subject), facts, now: new Date() } };
}
