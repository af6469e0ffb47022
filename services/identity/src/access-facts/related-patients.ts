import { decide, defaultPurpose } from '@careplane/access';
import type { Subject } from '@careplane/access';
import { personOf } from '../accounts/account.ts';
import type { AccountRecord } from '../accounts/account.ts';
import { factsNow, ownerOf } from './facts.ts';
import type { FactsParts } from './facts.ts';

/**
 * Patients whose record an account may read because it acts for them or treats them: whom it may choose for an app. The one decision
 * point says who is among them, so that a consent hides a name here, too.
 */
export async function relatedPatients(parts: FactsParts, account: AccountRecord): Promise<string[]> {
  const person = personOf(account);
  const subject: Subject = {
    id: account._id,
    role: account.role,
    client: 'careplane-login',
    scopes: ['user/Patient.r'],
    ...(person ? { person } : {}),
  };
  const owner = ownerOf(subject);
  if (!owner) return [];
  const facts = await factsNow(parts, owner);
  const circumstances = { purpose: defaultPurpose(subject), facts, now: new Date() };
  const related = [...facts.actsFor, ...facts.treats].map(({ patient }) => patient);
  return [...new Set(related)].filter((id) => {
    const attributes = { id: [id], patient: [id] };
    return decide(subject, 'read', { type: 'Patient', attributes }, circumstances).effect === 'allow';
  });
}
