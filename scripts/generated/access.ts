import { grantsFor, PURPOSES_OF, ROLES, RULES } from '@careplane/access';
import type { Action, Grant, Role } from '@careplane/access';
import { fhirRoutes } from '@careplane/kit';
import type { FhirRoute } from '@careplane/kit';
import { definitions as ofAppointments } from '../../services/appointments/src/openapi.ts';
import { definitions as ofAudit } from '../../services/audit/src/openapi.ts';
import { definitions as ofIdentity } from '../../services/identity/src/openapi.ts';
import { definitions as ofRecords } from '../../services/records/src/openapi.ts';

/** What is served over FHIR R4, by every service. */
const DEFINITIONS = [ofIdentity, ofAppointments, ofAudit, ofRecords];
const SERVED: readonly FhirRoute[] = DEFINITIONS.flatMap(fhirRoutes);
const EXPORTED = new Set(DEFINITIONS.flat().flatMap(({ type, exports }) => (exports ? [type] : [])));

/** In words, as the page says them. */
const MEANINGS: Readonly<Record<Grant, readonly [string, string]>> = {
  own: ['own', 'about the patient who asks; to write: about nobody else'],
  'acted-for': [
    'acted for',
    'about a patient for whom the patient who asks acts (proxy), as far as consents allow',
  ],
  treated: [
    'treated',
    'about a patient whom the practitioner treats, by a care team or a visit (one that somebody else booked, or that they booked while treating), as far as consents allow',
  ],
  emergency: [
    'emergency',
    'about a patient whose record the practitioner has opened, for reading with `Purpose-Of-Use: BTG`',
  ],
  shared: [
    'shared',
    'what a patient shares with who asks, until a day, for reading, as far as consents allow',
  ],
  self: ['self', 'of the practitioner who asks'],
  consented: ['consented', 'about any patient, as far as consents allow'],
  all: ['all', 'all'],
};

const INTRODUCTION = `# Access

Who may do what over FHIR, generated from the rules (\`services/access/src/rules.ts\`) and the routes that the services define. One function
decides, \`decide\` of \`services/access\`; what it allows of many resources becomes a part of the database query. What no rule allows is denied.
A role, a scope or a purpose that is missing is 403; what the caller may not know to exist is 404, and is not counted, included or found.

${table(
  ['Word', 'Resources'],
  Object.values(MEANINGS).map(([word, meaning]) => [word, meaning]),
)}

## Roles, purposes, scopes

A role decides what is possible; scopes only narrow it. \`user/\` scopes are a user's, \`patient/\` scopes are about the patient of the launch
context alone, \`system/\` scopes are of apps on their own behalf (and of the client of administrators). \`?category=\` narrows a scope to a category.
The header \`Purpose-Of-Use\` says why; without it the first purpose counts. An app claims the purposes that it was registered with
(\`careplane app add --purpose\`, \`purposes\` in YAML), as far as they are its user's role's: one registered with none has the first of the role
alone, the clinic's own apps all. Any other purpose is refused (403, with those that are allowed).

${table(
  ['Role', 'Purposes'],
  ROLES.map((role) => [role, PURPOSES_OF[role].join(', ')]),
)}

Records that were merged are one human's: treatment, proxies, emergencies, one's own account and every consent of one of them count for all, until
the merge is undone.

## Consents

A patient's Consent has a policy, \`OPTIN\` (nothing without a yes) or \`OPTOUT\` (everything without a no), and provisions by recipient, purpose, data class and
period. Without any, care and its administration are permitted, research and public health are not. A permit counts against a deny only
where it is narrower: in one condition at least, and in none wider (a person is narrower than an organization, that than a role, that than
everybody). Whatever is not overruled denies. A resource's data classes are its type and the codes of
\`meta.security\` (v3-ActCode), whatever its type; one of several classes needs a permission for each. Consents do not limit the patient, the
front desk's and administrators' work, or an emergency, unless they name the purpose \`BTG\`.

Who acts for a patient writes and withdraws consents for them, but for those about what a proxy sees: they neither take back what denies
them something nor permit it to themselves, and make nobody a proxy. A consent about messages (\`notifications-email\`) has no conditions.

What a patient shares is a Consent of the category \`share\`: it shows who it names resources of the record without any other relation, until a
day ([sharing](sharing.md)).

A withdrawal counts in every service after at most 100 ms: facts are asked for anew after 50 ms, and without an answer nothing is shown (503).

## Types
`;

/** \`docs/reference/access.md\`. @throws Error for a route that no rule allows to anybody */
export function accessPage(): string {
  const types = [...new Set([...SERVED.map(({ type }) => type), ...Object.keys(RULES)])];
  return `${INTRODUCTION}\n${types.map(sectionOf).join('\n')}`;
}

function sectionOf(type: string): string {
  const routes = SERVED.filter((route) => route.type === type);
  const actions = routes.length > 0 ? servedActions(type, routes) : ruledActions(type);
  const rows = [...actions].map((action) => [action, ...ROLES.map((role) => cellOf(type, action, role))]);
  for (const [action = '', ...cells] of rows) {
    if (cells.every((cell) => cell === '')) throw new Error(`nobody may ${action} ${type}: it needs a rule`);
  }
  const hidden = ROLES.flatMap((role) => hiddenFrom(type, role));
  return [
    `### ${type}\n`,
    ...(routes.length === 0 ? ['Ruled, and not served yet.\n'] : []),
    `${table(['', ...ROLES], rows)}\n`,
    ...(hidden.length > 0 ? [`Not shown: ${hidden.join('; ')}.\n`] : []),
  ].join('\n');
}

/** What is done with a type: by its routes, and by those of exports, which are of all types. */
function servedActions(type: string, routes: readonly FhirRoute[]): Set<Action> {
  return new Set([
    ...routes.map(({ action }) => action),
    ...(EXPORTED.has(type) ? (['export'] as const) : []),
  ]);
}

/** What the rules of a type speak of. */
function ruledActions(type: string): Set<Action> {
  const rules = Object.values(RULES[type]?.roles ?? {});
  const named = rules.flatMap(({ operations, ...grants }) => [
    ...Object.keys(grants).filter((name) => name !== 'without'),
    ...Object.keys(operations ?? {}),
  ]);
  return new Set(named as Action[]);
}

function cellOf(type: string, action: Action, role: Role): string {
  const rule = RULES[type]?.roles[role];
  return rule
    ? grantsFor(rule, action)
        .map((grant) => MEANINGS[grant][0])
        .join(', ')
    : '';
}

function hiddenFrom(type: string, role: Role): string[] {
  const { without = [] } = RULES[type]?.roles[role] ?? {};
  return without.length === 0 ? [] : [`to ${role} ${without.map((entry) => `\`${entry}\``).join(', ')}`];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((cell, at) => Math.max(3, cell.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
