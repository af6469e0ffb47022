import type { ClinicData, DemoEncounter } from '../data/clinic-data.ts';

/** The encounters of each patient, latest first; only those whose patient and practitioner are in the data. */
function latestByPatient(data: ClinicData): DemoEncounter[][] {
  const npis = new Set(data.practitioners.map((practitioner) => practitioner.npi));
  const lists = new Map<string, DemoEncounter[]>(data.patients.map((patient) => [patient.sourceId, []]));
  for (const encounter of data.encounters) {
    if (npis.has(encounter.npi)) lists.get(encounter.patient)?.push(encounter);
  }
  return [...lists.values()]
    .filter((list) => list.length > 0)
    .map((list) => list.sort((a, b) => b.start.getTime() - a.start.getTime()));
}

/**
 * Takes `count` encounters: the latest of every patient, then the second latest of every patient, and so on. It repeats
 * encounters when the data has fewer.
 *
 * @throws Error when the data has none.
 */
export function selectEncounters(data: ClinicData, count: number): DemoEncounter[] {
  const lists = latestByPatient(data);
  const depth = Math.max(0, ...lists.map((list) => list.length));
  if (depth === 0) throw new Error('the data has no encounter to book');
  const selected: DemoEncounter[] = [];
  for (let rank = 0; selected.length < count; rank = (rank + 1) % depth) {
    for (const list of lists) {
      const encounter = list[rank];
      if (encounter !== undefined && selected.length < count) selected.push(encounter);
    }
  }
  return selected;
}
