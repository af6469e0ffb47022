import { json } from 'node:stream/consumers';
import * as z from 'zod';
import type { Gateway } from '../clinic/gateway.ts';

const coding = z.object({ code: z.string().optional() });
const concept = z.object({ coding: z.array(coding).default([]) });
/** What is read of an AuditEvent (hl7.org/fhir/R4/auditevent.html), as the audit service answers it. */
const auditEvent = z.object({
  id: z.string(),
  recorded: z.string(),
  outcome: z.string().optional(),
  outcomeDesc: z.string().optional(),
  purposeOfEvent: z.array(concept).default([]),
  subtype: z.array(coding).default([]),
  agent: z.array(
    z.object({
      role: z.array(concept).default([]),
      who: z.object({ reference: z.string().optional(), display: z.string().optional() }).default({}),
      altId: z.string().optional(),
      name: z.string().optional(),
      requestor: z.boolean(),
    }),
  ),
  entity: z
    .array(
      z.object({
        what: z.object({ reference: z.string().optional() }).default({}),
        role: coding.optional(),
        description: z.string().optional(),
      }),
    )
    .default([]),
});
const bundle = z.object({
  entry: z.array(z.object({ resource: auditEvent })).default([]),
  link: z.array(z.object({ relation: z.string(), url: z.string() })).default([]),
});

type AuditEvent = z.infer<typeof auditEvent>;

/** One access to somebody's record. */
export interface Access {
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly when: string;
  /** The name, else the role and the id. */
  readonly who: string;
  /** The app by which it was done, by name where it is known. */
  readonly app?: string;
  readonly what: string;
  readonly why: string;
  readonly outcome: string;
  /** Break-glass. */
  readonly emergency: boolean;
}

export interface Wanted {
  readonly patient: string;
  /** Dates or instants, as FHIR searches by them. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

export interface AskParts {
  readonly gateway: Pick<Gateway, 'read'>;
  readonly token: () => Promise<string>;
  readonly signal: AbortSignal;
}

const PAGE = 100;

/** All accesses to a patient's record, the newest first: page after page, to the end. */
export async function* accessesTo(
  { patient, since, until }: Wanted,
  { gateway, token, signal }: AskParts,
): AsyncGenerator<Access> {
  const query = new URLSearchParams({ patient, _sort: '-date', _count: String(PAGE) });
  if (since !== undefined) query.append('date', `ge${since}`);
  if (until !== undefined) query.append('date', `le${until}`);
  let path: string | undefined = `/fhir/R4/AuditEvent?${query.toString()}`;
  while (path !== undefined) {
    const answer: unknown = await gateway.read({
      path,
      accept: 'application/fhir+json',
      take: json,
      token,
      signal,
    });
    const { entry, link } = bundle.parse(answer);
    for (const { resource } of entry) yield accessOf(resource);
    path = nextPath(link);
  }
}

/** The clinic says where it goes on; it is asked at the address by which it is reached from here. */
function nextPath(links: z.infer<typeof bundle>['link']): string | undefined {
  const next = links.find(({ relation }) => relation === 'next');
  if (next === undefined) return undefined;
  const { pathname, search } = new URL(next.url);
  return `${pathname}${search}`;
}

const OUTCOMES: Readonly<Record<string, string>> = { 0: 'granted', 4: 'failed', 8: 'refused' };
const DOMAIN_RESOURCE = '4';

function accessOf(event: AuditEvent): Access {
  const { id, recorded, agent, outcome = '', outcomeDesc, purposeOfEvent, entity } = event;
  const app = agent.find(({ requestor }) => !requestor)?.name;
  const result = OUTCOMES[outcome] ?? outcome;
  return {
    id,
    when: recorded,
    who: whoOf(agent.find(({ requestor }) => requestor)),
    ...(app === undefined ? {} : { app }),
    // The last subtype says it exactly.
    what: [event.subtype.at(-1)?.code ?? '', ...thingsOf(entity)].join(' '),
    why: purposeOfEvent.flatMap((one) => one.coding.map(({ code = '' }) => wordOf(code))).join(', ') || '-',
    outcome: outcomeDesc === undefined ? result : `${result} (${outcomeDesc})`,
    emergency: entity.some(({ description = '' }) => description.startsWith('emergency access')),
  };
}

function whoOf(agent: AuditEvent['agent'][number] | undefined): string {
  if (agent === undefined) return '-';
  const { name, who, altId, role } = agent;
  if (name !== undefined) return name;
  const [of = 'somebody'] = role.flatMap((one) => one.coding.map(({ code = '' }) => code));
  return who.display ?? `${of} ${who.reference ?? altId ?? ''}`.trim();
}

/** `Observation/1`, or the type and how many where there are several of it. */
function thingsOf(entities: AuditEvent['entity']): string[] {
  const shown = entities.filter(({ role }) => role?.code === DOMAIN_RESOURCE);
  const names = shown.map(
    ({ what, description = '' }) => what.reference?.replace(/\/_history\/.*$/, '') ?? description,
  );
  const byType = Map.groupBy(names, (name) => name.split('/')[0] ?? '');
  return [...byType].map(([type, some]) =>
    some.length === 1 ? (some[0] ?? '') : `${String(some.length)} ${type}`,
  );
}

/** Purposes of use (v3-ActReason) in plain words. */
const PURPOSES: Readonly<Record<string, string>> = {
  TREAT: 'treatment',
  PATRQT: 'request of the patient',
  FAMRQT: 'request of the family',
  HOPERAT: 'running the clinic',
  HPAYMT: 'payment',
  HRESCH: 'research',
  PUBHLTH: 'public health',
  BTG: 'emergency',
};

function wordOf(code: string): string {
  return PURPOSES[code] ?? code;
}
