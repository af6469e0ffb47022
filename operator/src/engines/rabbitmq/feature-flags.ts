import * as z from 'zod';
import { apiPath, type ManagementClient } from './management.ts';
import { Attempts, type Refusal } from './refusals.ts';

const flagsSchema = z.array(z.object({ name: z.string(), state: z.string(), stability: z.string() }));

/** Moves the metadata to another store, and there is no way back: a person decides. */
const LEFT_OUT = 'khepri_db';

/** What could not be enabled. */
export interface FeatureFlags {
  refused: Refusal[];
  /** Names of those. */
  pending: string[];
}

/**
 * Enables the stable feature flags that a new version brought: the next version starts only with all of them. Call it when every
 * node runs; one of an older version would have to stay out.
 * https://www.rabbitmq.com/docs/feature-flags
 */
export async function enableFeatureFlags(client: ManagementClient): Promise<FeatureFlags> {
  const flags = flagsSchema.parse(await client.get('/feature-flags'));
  const disabled = flags.filter(
    ({ name, state, stability }) => state === 'disabled' && stability === 'stable' && name !== LEFT_OUT,
  );
  const attempts = new Attempts(client.signal);
  const pending: string[] = [];
  for (const { name } of disabled) {
    const enable = (): Promise<void> => client.put(`${apiPath('feature-flags', name)}/enable`, {});
    if (!(await attempts.try(`feature flag ${name}`, enable))) pending.push(name);
  }
  return { refused: attempts.refused, pending };
}
