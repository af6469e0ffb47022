import { z } from 'zod';
import type { ClinicApi } from '../client/clinic-api.ts';
import type { Session } from '../login/session.ts';
import type { Appointment } from '../client/resources.ts';
import type { Latencies } from '../report/latency.ts';

const node = z.object({
  id: z.string(),
  status: z.string(),
  start: z.string(),
  end: z.string(),
  minutesDuration: z.number(),
  reasonCode: z.string().nullable(),
  patient: z.object({ id: z.string() }).nullable(),
  practitioner: z.object({ id: z.string() }).nullable(),
});

/** An appointment in GraphQL, with its people resolved. */
export type AppointmentNode = z.infer<typeof node>;

const page = z.object({
  appointments: z.object({
    nodes: z.array(node),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});

const QUERY = `query Mine($after: String) {
  appointments(first: 50, after: $after) {
    nodes { id status start end minutesDuration reasonCode patient { id } practitioner { id } }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** The expected GraphQL form of an appointment. */
export function toNode(expected: Appointment): AppointmentNode {
  const idOf = (type: string): string | undefined =>
    expected.participant
      .map((one) => one.actor.reference)
      .find((reference) => reference.startsWith(`${type}/`))
      ?.slice(type.length + 1);
  const { id, status, start, end, minutesDuration } = expected;
  return {
    id,
    status,
    start,
    end,
    minutesDuration,
    reasonCode: expected.reasonCode?.[0]?.coding[0]?.code ?? null,
    patient: { id: idOf('Patient') ?? '' },
    practitioner: { id: idOf('Practitioner') ?? '' },
  };
}

/**
 * Reads the caller's appointments, latest first, page by page until all the wanted ones are found or no page is left;
 * returns them by ID.
 */
export async function readNodes(
  api: ClinicApi,
  latencies: Latencies,
  by: Session,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, AppointmentNode>> {
  const found = new Map<string, AppointmentNode>();
  let after: string | null = null;
  do {
    const question: { query: string; variables: { after: string | null } } = {
      query: QUERY,
      variables: { after },
    };
    const answer: z.infer<typeof page> = await latencies.time('read GraphQL', () =>
      api.graphql(by, question, page),
    );
    const { appointments } = answer;
    for (const one of appointments.nodes) if (wanted.has(one.id)) found.set(one.id, one);
    after = appointments.pageInfo.hasNextPage ? appointments.pageInfo.endCursor : null;
  } while (after !== null && found.size < wanted.size);
  return found;
}
