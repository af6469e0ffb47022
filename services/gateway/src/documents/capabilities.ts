import { z } from 'zod';

const resource = z.looseObject({ type: z.string() });
const rest = z.looseObject({
  mode: z.string(),
  security: z.unknown().optional(),
  resource: z.array(resource).default([]),
  operation: z.array(z.looseObject({ name: z.string() })).default([]),
});

/** The part of a CapabilityStatement that is merged (hl7.org/fhir/R4/capabilitystatement.html). */
export const capabilityStatement = z.looseObject({
  resourceType: z.literal('CapabilityStatement'),
  date: z.string().optional(),
  format: z.array(z.string()).default([]),
  instantiates: z.array(z.string()).default([]),
  rest: z.array(rest).default([]),
});
export type CapabilityStatement = z.infer<typeof capabilityStatement>;

/** What is merged: the statements of the services that have answered, and the names of those that have not. */
export interface Capabilities {
  readonly statements: readonly CapabilityStatement[];
  readonly missing: readonly string[];
}

/** One statement about the whole clinic. `base` is where the resources are, such as `https://clinic.example/fhir/R4`. */
export function mergeCapabilities(
  { statements, missing }: Capabilities,
  { base, version }: { readonly base: string; readonly version: string },
): object {
  const servers = statements.flatMap((one) => one.rest).filter(({ mode }) => mode === 'server');
  const security = servers.find((one) => one.security !== undefined)?.security;
  const operations = uniqueBy(
    servers.flatMap(({ operation }) => operation),
    ({ name }) => name,
  );
  const instantiated = [...new Set(statements.flatMap(({ instantiates }) => instantiates))].sort();
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: latest(statements),
    kind: 'instance',
    ...(instantiated.length === 0 ? {} : { instantiates: instantiated }),
    software: { name: 'Careplane', version },
    implementation: { description: 'Careplane', url: base },
    fhirVersion: '4.0.1',
    format: [...new Set(['json', ...statements.flatMap(({ format }) => format)])],
    rest: [
      {
        mode: 'server',
        ...(missing.length === 0 ? {} : { documentation: `Not listed, since away: ${missing.join(', ')}` }),
        ...(security === undefined ? {} : { security }),
        resource: uniqueBy(
          servers.flatMap((one) => one.resource),
          ({ type }) => type,
        ),
        ...(operations.length === 0 ? {} : { operation: operations }),
      },
    ],
  };
}

function latest(statements: readonly CapabilityStatement[]): string {
  const dates = statements.map(({ date }) => date).filter((date) => date !== undefined);
  return dates.sort().at(-1) ?? new Date().toISOString();
}

/** In the order of their keys. */
function uniqueBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const byKey = new Map(items.map((item) => [keyOf(item), item]));
  return [...byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}
