import type { Action } from './action.ts';
import { ALL, NONE, satisfies } from './attributes.ts';
import type { Constraint } from './attributes.ts';
import { consentConstraint, namedBy, shareConstraint } from './consent.ts';
import type { ConsentQuestion } from './consent.ts';
import { allOf, anyOf, oneOf, onlyOf } from './constraint.ts';
import type { Circumstances, Decide, Decision, DenialReason, Outline } from './decision.ts';
import { recordsOf } from './facts.ts';
import type { Relation } from './facts.ts';
import { isWithin } from './period.ts';
import { purposesFor } from './purposes.ts';
import { grantsFor, isRead, RULES, UNDER_CONSENT, WITHOUT_FACTS } from './rules.ts';
import type { Grant, RoleRule } from './rules.ts';
import { parseScope, permissionsFor } from './scopes.ts';
import type { Permission, ResourceScope } from './scopes.ts';
import type { PersonReference, Subject } from './subject.ts';

/** A question, with the rules that answer it. */
interface Question {
  readonly subject: Subject;
  readonly action: Action;
  readonly type: string;
  readonly aboutPatients: boolean;
  readonly rule: RoleRule;
  readonly circumstances: Circumstances;
}

/** What must hold, and why not when it does not. */
interface Condition {
  readonly reason: DenialReason;
  readonly constraint: Constraint;
}

/**
 * The one decision point. Denies what no rule allows. Without attributes it answers for all resources of a type: the constraint says
 * which, and may be `none`. With attributes it answers for one, by the same conditions.
 */
export const decide: Decide = (subject, action, { type, attributes }, circumstances) => {
  const question = questionOf(subject, action, type, circumstances);
  if ('effect' in question) return question;
  const { scopes, ...asked } = question;
  const conditions = [scopes, ...grantConditions(asked)];
  const unmet = attributes && conditions.find(({ constraint }) => !satisfies(constraint, attributes));
  if (unmet) return { effect: 'deny', reason: unmet.reason };
  return {
    effect: 'allow',
    constraint: allOf(conditions.map(({ constraint }) => constraint)),
    without: asked.rule.without ?? [],
  };
};

/**
 * What scopes and relations leave of a type, whatever consents say: `decide` allows nothing outside of it. For a search whose patients
 * are known only when it was made; each resource is then decided for itself.
 */
export function outline(
  subject: Subject,
  action: Action,
  type: string,
  circumstances: Circumstances,
): Outline {
  const question = questionOf(subject, action, type, circumstances);
  if ('effect' in question) return question;
  const { scopes, ...asked } = question;
  const [relation] = grantConditions(asked);
  const grants = grantsFor(asked.rule, action);
  return {
    effect: 'allow',
    constraint: allOf([scopes.constraint, relation.constraint]),
    without: asked.rule.without ?? [],
    isExact: !grants.some((grant) => UNDER_CONSENT.includes(grant)),
  };
}

/** A question that something may be allowed of, with what the scopes leave; or why not. */
function questionOf(
  subject: Subject,
  action: Action,
  type: string,
  circumstances: Circumstances,
): (Question & { readonly scopes: Condition }) | Extract<Decision, { effect: 'deny' }> {
  const typeRule = Object.hasOwn(RULES, type) ? RULES[type] : undefined;
  if (!typeRule) return { effect: 'deny', reason: 'unknown-type' };
  const { roles, aboutPatients } = typeRule;
  const rule = roles[subject.role] ?? {};
  const question = { subject, action, type, aboutPatients, rule, circumstances };
  const obstacle = obstacleTo(question);
  if (obstacle) return { effect: 'deny', reason: obstacle };
  const scopes = scopeCondition(question);
  return scopes ? { ...question, scopes } : { effect: 'deny', reason: reasonOfScopes(question) };
}

/** Why nothing of the type may be used like this, whatever the scopes. */
function obstacleTo({
  subject,
  action,
  rule,
  circumstances: { purpose },
}: Question): DenialReason | undefined {
  if (grantsFor(rule, action).length === 0) return 'role';
  if (!purposesFor(subject).includes(purpose)) return 'purpose';
  // An emergency opens what is to be read, and lets nobody write.
  if (purpose === 'BTG' && !isRead(action) && action !== '$break-glass') return 'purpose';
  return undefined;
}

/** What the scopes leave: for each permission that the action needs, a scope must hold. */
function scopeCondition(question: Question): Condition | undefined {
  const permissions = permissionsFor(question.action) ?? [];
  const perPermission = permissions.map((permission) => scopesWith(question, permission));
  if (permissions.length === 0 || perPermission.some((scopes) => scopes.length === 0)) return undefined;
  const isBound = perPermission.every((scopes) => scopes.every(({ level }) => level === 'patient'));
  return {
    reason: isBound ? 'launch-context' : 'scope',
    constraint: allOf(
      perPermission.map((scopes) =>
        anyOf(scopes.map(({ level, only }) => allOf([only, levelConstraint(question, level)]))),
      ),
    ),
  };
}

/** Scopes that this subject can use and that name the type and the permission. */
function scopesWith(question: Question, permission: Permission): ResourceScope[] {
  return namedScopes(question, permission).filter(({ level }) => isUsable(question, level));
}

function namedScopes({ subject, type }: Question, permission: Permission): ResourceScope[] {
  return subject.scopes
    .map(parseScope)
    .filter((scope) => scope !== undefined)
    .filter((scope) => (scope.type === '*' || scope.type === type) && scope.permissions.includes(permission));
}

/** `system/` is for clients on their own behalf, and for nobody else; `patient/` needs a patient. */
function isUsable({ subject }: Question, level: ResourceScope['level']): boolean {
  if (level === 'system' || isClient(subject)) return level === 'system' && isClient(subject);
  return level === 'user' || subject.patient !== undefined;
}

/** An app, or the client of administrators, that came by its own credentials. */
function isClient({ role, id, client }: Subject): boolean {
  return role === 'app' || (role === 'admin' && id === client);
}

function levelConstraint(
  { subject, action, aboutPatients, circumstances: { facts } }: Question,
  level: ResourceScope['level'],
): Constraint {
  if (level !== 'patient' || !aboutPatients) return ALL;
  return among(action, subject.patient === undefined ? [] : recordsOf(facts, subject.patient));
}

/** Whether scopes were there and lacked a patient only. */
function reasonOfScopes(question: Question): DenialReason {
  const permissions = permissionsFor(question.action) ?? [];
  const lacksPatient = (permission: Permission): boolean =>
    !isClient(question.subject) && namedScopes(question, permission).some(({ level }) => level === 'patient');
  return permissions.length > 0 && permissions.every(lacksPatient) ? 'launch-context' : 'scope';
}

/** The relation that a rule asks for, and then what consents leave of it. */
function grantConditions(question: Question): [Condition, Condition] {
  const grants = grantsFor(question.rule, question.action);
  const relations = grants.map((grant) => relationOf(question, grant));
  return [
    {
      reason: question.subject.role === 'patient' ? 'not-own' : 'no-relationship',
      constraint: anyOf(relations),
    },
    {
      reason: 'consent',
      constraint: anyOf(
        grants.map((grant, at) =>
          allOf([
            relations[at] ?? ALL,
            grant === 'shared' ? consentForShares(question) : consentFor(question, grant),
          ]),
        ),
      ),
    },
  ];
}

/** What a grant is about: where facts decide, nothing beyond the patients whose facts are known. */
function relationOf(question: Question, grant: Grant): Constraint {
  const { about } = question.circumstances.facts;
  const relation = grant === 'shared' ? sharedRelation(question) : knownRelationOf(question, grant);
  if (about === undefined || WITHOUT_FACTS.includes(grant)) return relation;
  return allOf([relation, { kind: 'only', attribute: 'patient', values: about }]);
}

function knownRelationOf(
  { subject: { person }, action, circumstances }: Question,
  grant: Exclude<Grant, 'shared'>,
): Constraint {
  const { facts, purpose } = circumstances;
  switch (grant) {
    case 'own':
      return among(
        action,
        idOf(person, 'Patient').flatMap((id) => recordsOf(facts, id)),
      );
    case 'acted-for':
      return among(action, patientsOf(facts.actsFor, circumstances));
    case 'treated':
      return among(action, patientsOf(facts.treats, circumstances));
    case 'emergency':
      return among(action, purpose === 'BTG' ? patientsOf(facts.breakGlass, circumstances) : []);
    case 'self':
      return oneOf('practitioner', idOf(person, 'Practitioner'));
    case 'consented':
    case 'all':
      return ALL;
  }
}

function idOf(person: PersonReference | undefined, type: PersonReference['type']): string[] {
  return person?.type === type ? [person.id] : [];
}

function patientsOf(relations: readonly Relation[], { facts, now }: Circumstances): string[] {
  const valid = relations.filter((relation) => isWithin(relation, now));
  return [...new Set(valid.flatMap(({ patient }) => recordsOf(facts, patient)))];
}

/** Shown is what is about one of these patients; written only what is about no other. */
function among(action: Action, patients: readonly string[]): Constraint {
  return isRead(action) ? oneOf('patient', patients) : onlyOf('patient', patients);
}

/** The consents that a grant is under. In an emergency those count that name it; saying so opens nothing else. */
function consentFor(question: Question, grant: Exclude<Grant, 'shared'>): Constraint {
  const { facts, purpose } = question.circumstances;
  const common = knownOf(question);
  switch (grant) {
    case 'acted-for':
    case 'treated':
    case 'consented':
      return consentConstraint({
        ...common,
        rules: facts.consents,
        purpose: purpose === 'BTG' ? 'TREAT' : purpose,
      });
    case 'emergency':
      return consentConstraint({
        ...common,
        rules: facts.consents.filter(({ purposes }) => purposes.includes('BTG')),
        purpose: 'BTG',
      });
    case 'own':
    case 'self':
    case 'all':
      return ALL;
  }
}

/** What is shared now, for reading alone. */
function sharedRelation({ action, type, circumstances: { facts, now } }: Question): Constraint {
  if (!isRead(action)) return NONE;
  const { shares = [], merged } = facts;
  return anyOf(shares.filter((share) => isWithin(share, now)).map((share) => namedBy(share, type, merged)));
}

function consentForShares(question: Question): Constraint {
  const { facts, purpose } = question.circumstances;
  const asked: ConsentQuestion = {
    ...knownOf(question),
    rules: facts.consents,
    purpose: purpose === 'BTG' ? 'TREAT' : purpose,
  };
  return anyOf((facts.shares ?? []).map((share) => shareConstraint(share, asked)));
}

function knownOf({
  subject,
  type,
  circumstances: { facts, now },
}: Question): Omit<ConsentQuestion, 'rules' | 'purpose'> {
  const { organizations = [], merged = [] } = facts;
  return { subject, organizations, merged, type, now };
}
