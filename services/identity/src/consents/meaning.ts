import { DATA_CLASSES, PURPOSES, ROLES, RULES } from '@careplane/access';
import type { ConsentRule, Purpose } from '@careplane/access';
import { intervalOf, Invalid } from '@careplane/kit';
import type { CodeableConcept, Coding, Consent, FieldFault, Period } from '@careplane/kit';

export const CATEGORY_SYSTEM = 'https://careplane.dev/fhir/CodeSystem/consent-category';
/** An actor that is a role: a logical reference, by an identifier of this system. */
export const ROLE_SYSTEM = 'https://careplane.dev/fhir/CodeSystem/role';

/** What a consent is about, beside access: messages by e-mail, or that somebody acts for the patient. */
export const CATEGORIES = ['notifications-email', 'proxy'] as const;
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
}

export interface Times {
  readonly from?: string;
  readonly until?: string;
}

/** http://terminology.hl7.org/CodeSystem/consentscope: for which purposes a consent is that names none. */
const PURPOSES_OF_SCOPE: Readonly<Record<string, readonly Purpose[]>> = {
  'patient-privacy': [],
  treatment: ['TREAT'],
  research: ['HRESCH'],
};

const MOST_RULES = 100;

type Provision = NonNullable<Consent['provision']>;
type Conditions = Omit<ConsentRule, 'type' | 'patient'>;

const NO_CONDITIONS: Conditions = { recipients: [], purposes: [], dataClasses: [] };

/** Collects what cannot be read or enforced, with its path. */
class Reader {
  readonly faults: FieldFault[] = [];
  readonly rules: ConsentRule[] = [];
  /** For what a rule is that names no purpose. */
  readonly purposes: readonly Purpose[];
  readonly #patient: string;

  constructor(patient: string, purposes: readonly Purpose[]) {
    this.#patient = patient;
    this.purposes = purposes;
  }

  fault(path: string, message: string): void {
    this.faults.push({ path: `Consent.${path}`, message });
  }

  add(type: ConsentRule['type'], conditions: Conditions): void {
    this.rules.push({ patient: this.#patient, type, ...conditions });
  }
}

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
  const policy = policyOf(consent, reader);
  if (policy) reader.add(policy, { ...NO_CONDITIONS, purposes: reader.purposes });
  if (consent.provision)
    readProvision(reader, consent.provision, { path: 'provision', outer: NO_CONDITIONS });
  if (reader.rules.length > MOST_RULES) reader.fault('provision', 'too many provisions');
  readMessages(reader, consent, categories);
  const proxy = categories.includes('proxy') ? proxyOf(consent, reader) : undefined;
  if (reader.faults.length > 0) throw new Invalid(reader.faults);
  return { status: consent.status, scope, categories, ...effectOf(consent, reader.rules, proxy) };
}

/** A consent about messages is about nothing else: a refusal of e-mails must not hide a record. */
function effectOf(
  { status, category, provision }: Consent,
  rules: readonly ConsentRule[],
  proxy: ConsentFacts['proxy'],
): Pick<ConsentFacts, 'rules' | 'messages' | 'proxy'> {
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

function conditionsOf(
  reader: Reader,
  provision: Provision,
  { path, outer }: { path: string; outer: Conditions },
): Conditions {
  const recipients = (provision.actor ?? []).map((actor, at) =>
    recipientOf(reader, actor, `${path}.actor[${String(at)}].reference`),
  );
  const purposes = (provision.purpose ?? []).map((coding, at) =>
    purposeOf(reader, coding, `${path}.purpose[${String(at)}]`),
  );
  if (provision.class && provision.securityLabel)
    reader.fault(`${path}.securityLabel`, 'a class and a label at once are not enforced here: one of both');
  const classes = [
    ...(provision.class ?? []).map((coding, at) => typeOf(reader, coding, `${path}.class[${String(at)}]`)),
    ...(provision.securityLabel ?? []).map((coding, at) =>
      labelOf(reader, coding, `${path}.securityLabel[${String(at)}]`),
    ),
  ];
  const narrow = narrowing(reader, path);
  const narrowed = narrow('purpose', outer.purposes, purposes);
  return {
    recipients: narrow('actor', outer.recipients, recipients),
    purposes: narrowed.length > 0 ? narrowed : reader.purposes,
    dataClasses: narrow(provision.class ? 'class' : 'securityLabel', outer.dataClasses, classes),
    ...within(outer, timesOf(reader, provision.period, `${path}.period`)),
  };
}

/**
 * What a provision names, which must be among what the one around it names (hl7.org/fhir/R4/consent.html): whoever permits something
 * within a rule does not permit more than the rule is about.
 */
function narrowing(
  reader: Reader,
  path: string,
): <T>(element: string, outer: readonly T[], inner: readonly T[]) => readonly T[] {
  return (element, outer, inner) => {
    if (inner.length === 0) return outer;
    if (outer.length > 0 && !inner.every((one) => outer.includes(one)))
      reader.fault(`${path}.${element}`, 'must be among those of the provision around it');
    return inner;
  };
}

const RECIPIENT = /^(Practitioner|Patient|RelatedPerson|Organization|Device)\/[A-Za-z0-9.-]{1,64}$/;

function recipientOf(
  reader: Reader,
  { reference }: NonNullable<Provision['actor']>[number],
  path: string,
): string {
  const { identifier } = reference;
  if (reference.reference === undefined && identifier?.system === ROLE_SYSTEM)
    return roleOf(reader, identifier.value, path);
  if (reference.reference !== undefined && RECIPIENT.test(reference.reference)) return reference.reference;
  reader.fault(
    path,
    'a Practitioner, Patient, RelatedPerson, Organization or Device of this server, or a role',
  );
  return '';
}

function roleOf(reader: Reader, value: string | undefined, path: string): string {
  const role = ROLES.find((known) => known === value);
  if (!role) reader.fault(path, `one of ${ROLES.join(', ')}`);
  return role ?? '';
}

function purposeOf(reader: Reader, { code }: Coding, path: string): Purpose {
  const purpose = PURPOSES.find((known) => known === code);
  if (!purpose) reader.fault(path, `one of ${PURPOSES.join(', ')}`);
  return purpose ?? 'TREAT';
}

function typeOf(reader: Reader, { code = '' }: Coding, path: string): string {
  if (!Object.hasOwn(RULES, code)) reader.fault(path, 'a resource type that is served');
  return code;
}

function labelOf(reader: Reader, { code = '' }: Coding, path: string): string {
  if (!(DATA_CLASSES as readonly string[]).includes(code))
    reader.fault(path, `one of ${DATA_CLASSES.join(', ')}`);
  return code;
}

/** From the first instant of the start's day (month, year) to the last one of the end's, in UTC. */
function timesOf(reader: Reader, period: Period | undefined, path: string): Times {
  const start = instantsOf(period?.start)?.start;
  const end = instantsOf(period?.end)?.end;
  if (start !== undefined && end !== undefined && end <= start)
    reader.fault(path, 'it ends before it begins');
  return {
    ...(start === undefined ? {} : { from: new Date(start).toISOString() }),
    ...(end === undefined ? {} : { until: new Date(end).toISOString() }),
  };
}

function instantsOf(date: string | undefined): ReturnType<typeof intervalOf> {
  return date === undefined ? undefined : intervalOf(date);
}

function within(outer: Times, inner: Times): Times {
  const from = [outer.from, inner.from]
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
  const until = [outer.until, inner.until].filter((time) => time !== undefined).sort()[0];
  return { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) };
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
