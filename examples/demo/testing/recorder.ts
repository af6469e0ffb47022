import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Connection } from '../src/client/connection.ts';
import { FhirClient } from '../src/client/fhir-client.ts';
import { RECORD_TYPES } from '../src/records/resource.ts';
import type { Session } from '../src/login/session.ts';
import { z } from 'zod';

/** Where scripts/fhir/check.ts looks for what runs have left. */
const LEFT = fileURLToPath(new URL('../../../dist/fhir/demo.ndjson', import.meta.url));

/** Every FHIR resource that went over a connection, each once, for the validator. */
export interface Recorder {
  readonly connection: Connection;
  /** Searches all pages of every type that can be searched as it is, so that what was stored goes over the connection, too. */
  readAll(by: Session): Promise<void>;
  /** Leaves them for `make test-fhir`. @returns how many there are of each type */
  leave(): Promise<Readonly<Record<string, number>>>;
}

const capabilities = z.object({
  rest: z.tuple([
    z.object({
      resource: z.array(z.object({ type: z.string(), searchParam: z.array(z.unknown()).optional() })),
    }),
  ]),
});
const resource = z.looseObject({ resourceType: z.string() });

/** Records what goes over a connection. */
export function record(connection: Connection): Recorder {
  const lines = new Map<string, string>();
  const note = (body: unknown): void => {
    const { data } = resource.safeParse(body);
    if (data) lines.set(JSON.stringify(data), data.resourceType);
  };
  const recorded: Connection = {
    ...connection,
    async send(call) {
      note(call.body);
      const answer = await connection.send(call);
      note(answer.body);
      return answer;
    },
  };
  const client = new FhirClient(recorded);
  return {
    connection: recorded,
    async readAll(by) {
      const { resource: statement } = await client.read(by, 'metadata', capabilities);
      const types = statement.rest[0].resource.filter(({ searchParam }) => searchParam !== undefined);
      for (const { type } of types) await readType(client, by, type);
    },
    async leave() {
      await mkdir(dirname(LEFT), { recursive: true });
      await writeFile(LEFT, [...lines.keys(), ''].join('\n'));
      const counts = Map.groupBy(lines.values(), (type) => type);
      return Object.fromEntries([...counts].map(([type, all]) => [type, all.length]));
    },
  };
}

/**
 * Slots are searched on a schedule only, and were read by whoever booked one. Administrators see nobody's health, and not who saw it: the tests
 * of records and audit leave theirs.
 */
const NOT_BY_ITSELF: ReadonlySet<string> = new Set(['Slot', 'AuditEvent', ...RECORD_TYPES]);

async function readType(client: FhirClient, by: Session, type: string): Promise<void> {
  if (NOT_BY_ITSELF.has(type)) return;
  let next: string | undefined = `${type}?_count=50`;
  while (next !== undefined) {
    const page: { next: string | undefined } = await client.search(by, next, resource);
    next = page.next;
  }
}
