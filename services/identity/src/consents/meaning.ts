import type { ConsentRule, Purpose } from '@careplane/access';
import { Invalid } from '@careplane/kit';
import type { CodeableConcept, Consent } from '@careplane/kit';
import { conditionsOf, NO_CONDITIONS, Reader, timesOf } from './conditions.ts';
import type { Conditions, Provision, Times } from './conditions.ts';
import { readShare } from './share.ts';
import type { ConsentedShare } from './share.ts';

export const CATEGORY_SYSTEM = 'https://careplane.dev/fhir/CodeSystem/consent-category';
/** What a consent is about, beside access: messages by e-mail, that somebody acts for the patient, what the patient shares. */
export const CATEGORIES = ['notifications-email', 'proxy', 'share'] as const;
export type ConsentCategory = (typeof CATEGORIES)[number];

/** What a consent says that is enforced: ids, codes and times. */
export interface ConsentFacts {
  readonly status: string;
  readonly scope: string;
  readonly categories: readonly ConsentCategory[];
  /** While it is active. Of a consent about messages there are none. */
  readonly rules: readonly ConsentRule[];
  /** Of a consent about messages: whether they are wanted. */
  readonly messages?: ConsentRule['type'];
  /** Of a proxy: the RelatedPerson, and the Patient that the same human is, who logs in. */
  readonly proxy?: { readonly relatedPerson: string; readonly person: string; readonly period: Times };
  /** Of a share: what it shows to whom, and until when. It has no rules. */
  readonly share?: ConsentedShare;
}

/** http://terminology.hl7.org/CodeSystem/consentscope: for which purposes a consent is that names none. */
const PURPOSES_OF_SCOPE: Readonly<Record<string, readonly Purpose[]>> = {
  'patient-privacy': [],
  treatment: ['TREAT'],
  research: ['HRESCH'],
};

const MOST_RULES = 100;

/**
 * Reads what a consent means. It is refused when it holds a condition that nobody here enforces: a patient must not believe in
 * it.
 * @throws Invalid with the path of every such element
 */
export function meaningOf(consent: Consent, patient: string): ConsentFacts {
  const scope = codeIn(consent.scope) ?? '';
  const purposes = Object.hasOwn(PURPOSES_OF_SCOPE, scope) ? PURPOSES_OF_SCOPE[scope] : undefined;
  const reader = new Reader(patient, purposes ?? []);
  if (!purposes) reader.fault('scope', `one of ${Object.keys(PURPOSES_OF_SCOPE).join(', ')}`);
  const categories = categoriesOf(consent);
  const effect = categories.includes('share')
    ? { rules: [], ...shareIn(consent, categories, reader) }
    : effectIn(consent, categories, reader);
  if (reader.faults.length > 0) throw new Invalid(reader.faults);
  return { status: consent.status, scope, categories, ...effect };
}

type Effect = Pick<ConsentFacts, 'rules' | 'messages' | 'proxy'>;

function effectIn(consent: Consent, categories: readonly ConsentCategory[], reader: Reader): Effect {
  const policy = policyOf(consent, reader);
  if (policy) reader.add(policy, { ...NO_CONDITIONS, purposes: reader.purposes });
  if (consent.provision)
    readProvision(reader, consent.provision, { path: 'provision', outer: NO_CONDITIONS });
  if (reader.rules.length > MOST_RULES) reader.fault('provision', 'too many provisions');
  readMessages(reader, consent, categories);
  const proxy = categories.includes('proxy') ? proxyOf(consent, reader) : undefined;
  return effectOf(consent, reader.rules, proxy);
}

/** A consent that shares says nothing else: what it does not name stays as other consents say. */
function shareIn(
  consent: Consent,
  categories: readonly ConsentCategory[],
  reader: Reader,
): Pick<ConsentFacts, 'share'> {
  if (categories.length > 1) reader.fault('category', 'a share is about nothing else');
  const share = readShare(reader, consent);
  return share && consent.status === 'active' ? { share } : {};
}

/** A consent about messages is about nothing else: a refusal of e-mails must not hide a record. */
function effectOf(
  { status, category, provision }: Consent,
  rules: readonly ConsentRule[],
  proxy: ConsentFacts['proxy'],
): Effect {
  const isActive = status === 'active';
  if (category.some((concept) => hasCategory(concept, 'notifications-email'))) {
    const messages = provision?.type;
    return { rules: [], ...(isActive && messages ? { messages } : {}) };
  }
  return { rules: isActive ? rules : [], ...(isActive && proxy ? { proxy } : {}) };
}

/** Messages are wanted or not: nobody looks at whose, for what, or until when. */
function readMessages(
  reader: Reader,
  { provision = {} }: Consent,
  categories: readonly ConsentCategory[],
): void {
  if (!categories.includes('notifications-email')) return;
  for (const element of ['period', 'actor', 'purpose', 'class', 'securityLabel', 'provision'] as const) {
    if (provision[element] !== undefined)
      reader.fault(`provision.${element}`, 'a consent about messages has no conditions');
  }
  if (categories.length > 1) reader.fault('category', 'a consent about messages is about nothing else');
}

function categoriesOf({ category }: Consent): ConsentCategory[] {
  return CATEGORIES.filter((code) => category.some((concept) => hasCategory(concept, code)));
}

function hasCategory({ coding = [] }: CodeableConcept, wanted: ConsentCategory): boolean {
  return coding.some(({ system, code }) => system === CATEGORY_SYSTEM && code === wanted);
}

/** What holds where no provision says otherwise: nothing without a yes, or everything without a no. */
function policyOf({ policyRule }: Consent, reader: Reader): ConsentRule['type'] | undefined {
  if (!policyRule) return undefined;
  switch (codeIn(policyRule)) {
    case 'OPTIN':
      return 'deny';
    case 'OPTOUT':
      return 'permit';
    default:
      reader.fault('policyRule', 'OPTIN or OPTOUT');
      return undefined;
  }
}

/** A provision within another one has its conditions, and may narrow them. */
function readProvision(
  reader: Reader,
  provision: Provision,
  { path, outer }: { path: string; outer: Conditions },
): void {
  for (const element of ['action', 'code', 'dataPeriod', 'data'] as const) {
    if (provision[element] !== undefined) reader.fault(`${path}.${element}`, 'this is not enforced here');
  }
  const conditions = conditionsOf(reader, provision, { path, outer });
  if (provision.type === 'deny' && isOfRelatedPersonOnly(conditions))
    reader.fault(`${path}.actor`, 'a deny names the Patient who acts, not the RelatedPerson');
  if (provision.type) reader.add(provision.type, conditions);
  for (const [at, inner] of (provision.provision ?? []).entries()) {
    readProvision(reader, inner, { path: `${path}.provision[${String(at)}]`, outer: conditions });
  }
}

/** Nobody logs in as a RelatedPerson: who acts for a patient is known as the Patient that the same human is. */
function isOfRelatedPersonOnly({ recipients }: Conditions): boolean {
  const has = (type: string): boolean => recipients.some((one) => one.startsWith(`${type}/`));
  return has('RelatedPerson') && !has('Patient');
}

/** A proxy is named twice: as the patient's RelatedPerson, and as the Patient that the same human is here. */
function proxyOf({ provision }: Consent, reader: Reader): ConsentFacts['proxy'] {
  const references = (provision?.actor ?? []).map(({ reference }) => reference.reference ?? '');
  const one = (type: string): string | undefined => {
    const ids = references
      .filter((text) => text.startsWith(`${type}/`))
      .map((text) => text.slice(type.length + 1));
    return ids.length === 1 ? ids[0] : undefined;
  };
  const [relatedPerson, person] = [one('RelatedPerson'), one('Patient')];
  if (provision?.type !== 'permit' || relatedPerson === undefined || person === undefined) {
    reader.fault('provision', 'a proxy is permitted, by one RelatedPerson and one Patient as actors');
    return undefined;
  }
  return { relatedPerson, person, period: timesOf(reader, provision.period, 'provision.period') };
}

function codeIn({ coding = [] }: CodeableConcept): string | undefined {
  return coding.find(({ code }) => code !== undefined)?.code;
}
