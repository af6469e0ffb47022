import { NotFound, Router, requestSignal } from '@careplane/kit';
import type { Request } from '@careplane/kit';
import type { AccountRecord } from '../accounts/account.ts';
import { auditedPatients } from '../access-facts/related-patients.ts';
import type { FactsParts } from '../access-facts/facts.ts';
import type { PatientDirectory } from '../oidc/patients-of.ts';
import type { Page } from '../pages/layout.ts';
import type { visits, Visit } from '../pages/visits.ts';
import type { Persons } from '../persons/persons.ts';
import { ownerAgent } from '../trail/account-event.ts';
import { ACCESSES, accessesPage } from './page.ts';
import type { Shown } from './page.ts';
import type { RecordAccesses } from './record-accesses.ts';

export interface AccessesRouterParts {
  /** Absent where no audit service is called. */
  readonly accesses?: RecordAccesses | undefined;
  readonly facts: FactsParts;
  readonly persons: Persons;
  readonly patients: Pick<PatientDirectory, 'byIds'>;
}

/** `GET /account/accesses`: who saw the record of the visitor, or of whom they act for. */
export function accessesRouter(parts: AccessesRouterParts, { show }: ReturnType<typeof visits>): Router {
  const router = Router();
  if (parts.accesses)
    router.get(
      ACCESSES,
      show((visit) => answer(parts, visit)),
    );
  return router;
}

/** The link to it, for who has a record. */
export function accessesLink(
  { accesses }: AccessesRouterParts,
  { role }: AccountRecord,
): readonly (readonly [string, string])[] {
  return accesses && role === 'patient' ? [[ACCESSES, 'Who saw my record']] : [];
}

async function answer(
  { accesses, facts, persons, patients }: AccessesRouterParts,
  visit: Visit,
): Promise<Page> {
  const { req, session } = visit;
  const readable = await auditedPatients(facts, session.account);
  const shown = shownIn(req, readable);
  if (!accesses || shown === undefined) throw new NotFound();
  const { patient, from, until, cursor } = shown;
  const found = await accesses.of(
    {
      agent: ownerAgent(session.account),
      patients: await recordsOf(persons, patient),
      language: req.get('accept-language') ?? '',
      ...(from === '' ? {} : { from: Date.parse(from) }),
      ...(until === '' ? {} : { until: Date.parse(until) + DAY_MS }),
      ...(cursor === undefined ? {} : { cursor }),
    },
    requestSignal(req),
  );
  return accessesPage(shown, await patients.byIds(readable), found);
}

const DAY_MS = 86_400_000;

/** The patient first: the entry of this read is about that record. */
async function recordsOf(persons: Persons, patient: string): Promise<string[]> {
  return [...new Set([patient, ...(await persons.merges.allOf(patient))])];
}

/** @returns undefined when there is nobody whose accesses the visitor may see, or not those of whom they ask for */
function shownIn({ query }: Request, readable: readonly string[]): Shown | undefined {
  const text = (name: string): string => (typeof query[name] === 'string' ? query[name] : '');
  const patient = text('patient') === '' ? readable[0] : readable.find((id) => id === text('patient'));
  if (patient === undefined) return undefined;
  const cursor = text('cursor');
  return {
    patient,
    from: dayOf(text('from')),
    until: dayOf(text('until')),
    ...(cursor === '' ? {} : { cursor }),
  };
}

/** A day, or nothing: browsers without a date field send whatever was typed. */
function dayOf(text: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : '';
}
