import type { AuditEntity, AuditEntry } from '@careplane/kit';
import { isEmergency } from '../names/names.ts';
import type { Emergency, NameBook } from '../names/names.ts';
import { DE } from './de.ts';
import { EN } from './en.ts';
import { ES } from './es.ts';
import type { Vocabulary } from './vocabulary.ts';

export const LANGUAGES: readonly Vocabulary[] = [EN, DE, ES];

/** The first language wanted that is spoken. @param wanted as `Accept-Language` orders them; English when none is */
export function languageOf(wanted: string | undefined): Vocabulary {
  const ranges = (wanted ?? '').split(',').map((part) => {
    const [tag = '', weight] = part.trim().split(/\s*;\s*q=/);
    return { tag: tag.toLowerCase(), weight: weight === undefined ? 1 : Number(weight) };
  });
  for (const { tag } of ranges.toSorted((one, other) => other.weight - one.weight)) {
    const spoken = LANGUAGES.find(({ code }) => tag === code || tag.startsWith(`${code}-`));
    if (spoken) return spoken;
  }
  return EN;
}

/** An access in plain words. */
export interface Words {
  readonly who: string;
  readonly what: string;
  /** Absent: no purpose was said. */
  readonly why?: string;
  readonly outcome: string;
  /** Set for break-glass, with the reason that was given. */
  readonly emergency?: string;
}

export interface Telling {
  readonly vocabulary: Vocabulary;
  readonly names: NameBook;
  /** The FHIR id of the person who reads it. */
  readonly reader?: string | undefined;
}

/** Tells of an entry. */
export function wordsOf(entry: AuditEntry, telling: Telling): Words {
  const { vocabulary } = telling;
  const { purpose, outcome } = entry;
  return {
    who: whoOf(entry, telling),
    what: whatOf(entry, vocabulary),
    ...(purpose === undefined ? {} : { why: vocabulary.purposes[purpose] ?? purpose }),
    outcome: vocabulary[outcome],
    ...(isEmergency(entry) ? { emergency: emergencyOf(entry, telling) } : {}),
  };
}

/** The name of the person, as patients know them; undefined where there is none to tell. */
export function nameOf(entry: AuditEntry, { practitioners }: NameBook): string | undefined {
  const { person } = entry.agent;
  if (person?.type !== 'Practitioner') return undefined;
  const found = practitioners.get(person.id);
  if (!found) return undefined;
  return found.organizations.length === 0 ? found.name : `${found.name} (${found.organizations.join(', ')})`;
}

function whoOf(entry: AuditEntry, telling: Telling): string {
  const { vocabulary, names } = telling;
  const { client, role } = entry.agent;
  const app = client === undefined ? undefined : names.apps.get(client);
  if (role === 'app') return app ?? vocabulary.roles['app'] ?? vocabulary.unknownRole;
  const through = app === undefined ? '' : `, ${filled(vocabulary.throughApp, { app })}`;
  return `${personOf(entry, telling)}${through}`;
}

function personOf(entry: AuditEntry, { vocabulary, names, reader }: Telling): string {
  const { role, person } = entry.agent;
  if (reader !== undefined && person?.id === reader) return vocabulary.you;
  if (person?.type === 'Patient')
    return person.id === entry.patient ? vocabulary.thePatient : vocabulary.proxy;
  const named = nameOf(entry, names);
  if (named !== undefined) return named;
  return filled(vocabulary.roles[role] ?? vocabulary.unknownRole, { service: entry.service });
}

function whatOf({ action, entities, count }: AuditEntry, vocabulary: Vocabulary): string {
  const done = Object.hasOwn(vocabulary.actions, action)
    ? (vocabulary.actions[action] ?? '')
    : filled(vocabulary.otherAction, { action });
  const several = count === undefined ? '' : ` (${filled(vocabulary.standsFor, { count: String(count) })})`;
  const things = thingsOf(entities, vocabulary);
  return things === '' ? `${done}${several}` : `${done}: ${things}${several}`;
}

function thingsOf(entities: readonly AuditEntity[], { types }: Vocabulary): string {
  const counts = new Map<string, number>();
  for (const { type, count = 1 } of entities) counts.set(type, (counts.get(type) ?? 0) + count);
  return [...counts]
    .map(([type, count]) => `${types[type] ?? type}${count > 1 ? ` (${String(count)})` : ''}`)
    .join(', ');
}

function emergencyOf(entry: AuditEntry, { vocabulary, names }: Telling): string {
  const opened = names.emergencies.find((one) => isUnder(entry, one));
  return opened ? filled(vocabulary.emergencyFor, { reason: opened.reason }) : vocabulary.emergency;
}

/** Whether it was done while this emergency had the record open. */
function isUnder({ patient, agent, recorded }: AuditEntry, opened: Emergency): boolean {
  return (
    opened.patient === patient &&
    opened.practitioner === agent.person?.id &&
    opened.from <= recorded &&
    recorded <= opened.until
  );
}

function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
