import type { Relation } from '@careplane/access';
import { intervalOf } from '@careplane/kit';
import type { Resource } from '@careplane/kit';
import type { FhirConsents } from '../consents/consents.ts';
import type { ConsentFacts } from '../consents/meaning.ts';
import { idIn } from '../persons/elements.ts';
import type { Persons } from '../persons/persons.ts';
import { birthdayEnd, endsUnknown } from './end.ts';
import type { Deciding } from './end.ts';

export interface ProxyParts {
  readonly consents: FhirConsents;
  readonly persons: Persons;
  /** From which birthday on parents and guardians no longer act. */
  readonly age: number;
}

/**
 * For whom a person acts, who may have several records: by an active Consent that names them and their RelatedPerson, while that is active and both periods
 * last, and, as a parent or whoever was named for a child, until the birthday, which must be known of a parent.
 */
export async function actsFor(
  { consents, persons, age }: ProxyParts,
  records: readonly string[],
): Promise<Relation[]> {
  const found = await Promise.all(records.map(consents.ofProxy));
  const relations: Relation[] = [];
  for (const { patientId, facts, updatedAt } of found.flat()) {
    const by = { age, decidedAt: updatedAt };
    const relation = facts.proxy && (await relationOf(persons, { patientId, proxy: facts.proxy, by }));
    if (relation) relations.push(relation);
  }
  return relations;
}

async function relationOf(
  persons: Persons,
  { patientId, proxy, by }: { patientId: string; proxy: NonNullable<ConsentFacts['proxy']>; by: Deciding },
): Promise<Relation | undefined> {
  const [related, patient] = [
    await persons.of('RelatedPerson').read(proxy.relatedPerson),
    await persons.of('Patient').read(patientId),
  ];
  if (!related || !patient || related['active'] === false) return undefined;
  if (idIn((related['patient'] as { reference?: string }).reference, 'Patient') !== patientId)
    return undefined;
  if (endsUnknown(related, patient)) return undefined;
  const own = periodOf(related);
  const from = [own.from, proxy.period.from]
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
  const until = [own.until, proxy.period.until, birthdayEnd(related, patient, by)]
    .filter((time) => time !== undefined)
    .sort()[0];
  return {
    patient: patientId,
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  };
}

function periodOf(resource: Resource): { readonly from?: string; readonly until?: string } {
  const { start, end } = (resource['period'] ?? {}) as { readonly start?: string; readonly end?: string };
  const from = start === undefined ? undefined : intervalOf(start)?.start;
  const until = end === undefined ? undefined : intervalOf(end)?.end;
  return {
    ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
  };
}
