import type { Purpose } from './action.ts';
import { ALL, NONE } from './attributes.ts';
import type { Constraint } from './attributes.ts';
import { allOf, anyOf, noneOf, oneOf, onlyOf } from './constraint.ts';
import { recordsOf } from './facts.ts';
import type { ConsentRule, Facts, Share } from './facts.ts';
import { isWithin } from './period.ts';
import type { Subject } from './subject.ts';

/** Whom and what a consent is asked about. */
export interface ConsentQuestion {
  readonly rules: readonly ConsentRule[];
  readonly subject: Subject;
  readonly organizations: readonly string[];
  /** `Facts.merged`: what is said in one of these records counts in all. */
  readonly merged?: Facts['merged'];
  readonly purpose: Purpose;
  /** The resource type: it is a data class, too. */
  readonly type: string;
  readonly now: Date;
}

/** Uses beyond care need a yes first; care that a patient has asked for is part of it unless refused. */
const NEEDS_PERMISSION: readonly Purpose[] = ['HRESCH', 'PUBHLTH'];

/** A rule that applies, and how narrow it is: by recipient, purpose, class. */
interface Applicable {
  readonly rule: ConsentRule;
  readonly narrowness: readonly [number, number, number];
}

/**
 * What the consents of all patients leave of a type's resources. Of one patient's rules that apply, a permit counts against a
 * deny only where it is narrower: in one condition at least, and in none wider. So whatever is not overruled denies. A resource with
 * several data classes needs a permission for each.
 */
export function consentConstraint(question: ConsentQuestion): Constraint {
  const { merged = [] } = question;
  const records = new Map(merged.flatMap((same) => same.map((id) => [id, same] as const)));
  const byPatient = Map.groupBy(question.rules, ({ patient }) => records.get(patient)?.[0] ?? patient);
  const permittedUnasked = !NEEDS_PERMISSION.includes(question.purpose);
  const denied: string[] = [];
  const permitted: string[] = [];
  const partial: Constraint[] = [];
  for (const [patient, rules] of byPatient) {
    const ofPatient = classConstraint(applicable(rules, question), question.type, permittedUnasked);
    const ids = records.get(patient) ?? [patient];
    (ofPatient.kind === 'none' ? denied : permitted).push(...ids);
    partial.push(anyOf([noneOf('patient', ids), ofPatient]));
  }
  const patients = permittedUnasked ? noneOf('patient', denied) : onlyOf('patient', permitted);
  return allOf([patients, ...partial.filter(({ kind }) => kind === 'or')]);
}

/** What a share names of a type: of no other patient than who shares it. */
export function namedBy(
  { patient, resources }: Share,
  type: string,
  merged: Facts['merged'] = [],
): Constraint {
  const ids = resources.filter((one) => one.startsWith(`${type}/`)).map((one) => one.slice(type.length + 1));
  const named = resources.includes(type) ? ALL : oneOf('id', ids);
  return allOf([oneOf('patient', recordsOf({ merged }, patient)), named]);
}

/**
 * What the consents of the patient leave of a share: it is a permit that a deny counts against unless the share is narrower. One resource
 * by name is narrower than any class; all of a type is as wide as all, so that a label that was denied stays denied.
 */
export function shareConstraint(share: Share, question: ConsentQuestion): Constraint {
  const { type, merged = [] } = question;
  const records = recordsOf({ merged }, share.patient);
  const denies = question.rules.filter((rule) => rule.type === 'deny' && records.includes(rule.patient));
  const permits = applicable([{ ...share, type: 'permit', dataClasses: [] }], question).map(
    ({ rule, narrowness: [recipient, purpose] }): Applicable => ({
      rule,
      narrowness: [recipient, purpose, share.resources.includes(type) ? 0 : NAMED],
    }),
  );
  if (permits.length === 0) return NONE;
  const left = classConstraint([...permits, ...applicable(denies, question)], type, false);
  return allOf([namedBy(share, type, merged), left]);
}

/** Narrower than a data class, which is 1. */
const NAMED = 2;

/** Which data classes of one patient's resources may be seen. */
function classConstraint(rules: readonly Applicable[], type: string, permittedUnasked: boolean): Constraint {
  const verdict = (dataClass?: string): boolean => {
    const about = rules.filter(
      ({ rule: { dataClasses } }) =>
        [type, dataClass].some((one) => one !== undefined && dataClasses.includes(one)) ||
        dataClasses.length === 0,
    );
    return isPermitted(about, permittedUnasked);
  };
  const named = [...new Set(rules.flatMap(({ rule }) => rule.dataClasses))].filter((one) => one !== type);
  return verdict()
    ? noneOf(
        'dataClass',
        named.filter((one) => !verdict(one)),
      )
    : onlyOf(
        'dataClass',
        named.filter((one) => verdict(one)),
      );
}

function isPermitted(rules: readonly Applicable[], otherwise: boolean): boolean {
  if (rules.length === 0) return otherwise;
  const permits = rules.filter(({ rule }) => rule.type === 'permit');
  const denies = rules.filter(({ rule }) => rule.type === 'deny');
  return permits.length > 0 && denies.every((deny) => permits.some((permit) => isNarrower(permit, deny)));
}

function isNarrower({ narrowness: one }: Applicable, { narrowness: other }: Applicable): boolean {
  const differences = one.map((degree, at) => degree - (other[at] ?? 0));
  return (
    differences.every((difference) => difference >= 0) && differences.some((difference) => difference > 0)
  );
}

function applicable(rules: readonly ConsentRule[], question: ConsentQuestion): Applicable[] {
  return rules.flatMap((rule) => {
    const recipient = recipientDegree(rule, question);
    const isForPurpose = rule.purposes.length === 0 || rule.purposes.includes(question.purpose);
    // A deny whose period cannot be read holds.
    const isNow = isWithin(rule, question.now, rule.type === 'deny');
    if (recipient === undefined || !isForPurpose || !isNow) return [];
    return [
      {
        rule,
        narrowness: [recipient, Math.min(1, rule.purposes.length), Math.min(1, rule.dataClasses.length)],
      },
    ];
  });
}

/** 3: the rule names the person or app; 2: an organization; 1: the role; 0: everybody. */
function recipientDegree(
  { type, recipients }: ConsentRule,
  { subject, organizations, merged = [] }: ConsentQuestion,
): number | undefined {
  if (recipients.length === 0) return 0;
  // A deny of an app holds also while somebody uses it; a permit for it is for what it does on its own.
  const { person, client } = subject;
  const names = person
    ? recordsOf(person.type === 'Patient' ? { merged } : {}, person.id).map((id) => `${person.type}/${id}`)
    : [];
  if (!person || type === 'deny') names.push(`Device/${client}`);
  if (recipients.some((recipient) => names.includes(recipient))) return 3;
  if (recipients.some((recipient) => organizations.some((id) => recipient === `Organization/${id}`)))
    return 2;
  return recipients.includes(subject.role) ? 1 : undefined;
}
