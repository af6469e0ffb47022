import type { ClinicApi } from '../client/clinic-api.ts';
import type { Session } from '../login/session.ts';
import { each } from '../client/each.ts';
import type { Latencies } from '../report/latency.ts';
import type { BookedVisit } from './bookings.ts';
import { differences, doubleBooked } from './compare.ts';
import { CONCURRENCY } from './people.ts';
import { readNodes, toNode } from './read-graphql.ts';

/** The number of appointments that were read back correctly, and the faults of the others. */
export interface ReadBack {
  readonly rest: number;
  readonly graphql: number;
  readonly faults: readonly string[];
}

function judge(how: string, id: string, compared: { expected: unknown; actual: unknown }): string[] {
  const fields = differences(compared.expected, compared.actual);
  return fields.length === 0 ? [] : [`appointment ${id} by ${how} differs in ${fields.join(', ')}`];
}

async function byRest(
  api: ClinicApi,
  latencies: Latencies,
  visits: readonly BookedVisit[],
): Promise<string[][]> {
  return each(visits, CONCURRENCY, async ({ by, expected, answered }) => {
    const read = await latencies.time('read FHIR', () => api.appointment(by, expected.id));
    return [
      ...judge('the answer to its booking', expected.id, { expected, actual: answered }),
      ...judge('FHIR', expected.id, { expected, actual: read.appointment }),
    ];
  });
}

async function byGraphql(
  api: ClinicApi,
  latencies: Latencies,
  visits: readonly BookedVisit[],
): Promise<string[][]> {
  const patients = new Map<Session, BookedVisit[]>();
  for (const visit of visits) patients.set(visit.by, [...(patients.get(visit.by) ?? []), visit]);
  const judged = await each([...patients], CONCURRENCY, async ([by, own]) => {
    const nodes = await readNodes(api, latencies, by, new Set(own.map((visit) => visit.expected.id)));
    return own.map(({ expected }) =>
      judge('GraphQL', expected.id, { expected: toNode(expected), actual: nodes.get(expected.id) }),
    );
  });
  return judged.flat();
}

/** Reads every appointment as its patient, over FHIR and by GraphQL, and compares every field with the request. */
export async function readBack(
  api: ClinicApi,
  latencies: Latencies,
  visits: readonly BookedVisit[],
): Promise<ReadBack> {
  const rest = await byRest(api, latencies, visits);
  const graphql = await byGraphql(api, latencies, visits);
  const spans = visits.flatMap(({ expected: { participant, start, end } }) =>
    participant.map((one) => ({ who: one.actor.reference, start, end })),
  );
  const good = (judged: readonly string[][]): number => judged.filter((faults) => faults.length === 0).length;
  const doubles = doubleBooked(spans).map((who) => `${who} is in two places at once`);
  return {
    rest: good(rest),
    graphql: good(graphql),
    faults: [...rest.flat(), ...graphql.flat(), ...doubles],
  };
}
