import { DATA_CLASSES, PURPOSES, ROLES, RULES } from '@careplane/access';
import type { ConsentRule, Purpose } from '@careplane/access';
import { intervalOf } from '@careplane/kit';
import type { Coding, Consent, FieldFault, Period } from '@careplane/kit';

/** An actor that is a role: a logical reference, by an identifier of this system. */
export const ROLE_SYSTEM = 'https://careplane.dev/fhir/CodeSystem/role';

/** From `from` (inclusive) until `until` (exclusive), RFC 3339. */
export interface Times {
  readonly from?: string;
  readonly until?: string;
}

/** What a Consent says, with what is within it. */
export type Provision = NonNullable<Consent['provision']>;
/** Whom, for what, which and when a rule is about. */
export type Conditions = Omit<ConsentRule, 'type' | 'patient'>;

/** About everything. */
export const NO_CONDITIONS: Conditions = { recipients: [], purposes: [], dataClasses: [] };

/** Collects what cannot be read or enforced, with its path. */
export class Reader {
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

/** Reads what a provision is about: its conditions, within those of the one around it. */
export function conditionsOf(
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
export function timesOf(reader: Reader, period: Period | undefined, path: string): Times {
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
