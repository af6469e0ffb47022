import * as z from 'zod';
import { apiPath, type ManagementClient } from './management.ts';
import { Attempts, type Refusal } from './refusals.ts';

const flagsSchema = z.array(z.object({ name: z.string(), state: z.string(), stability: z.string() }));

/**
 * Enables the stable feature flags that a new version brought: the next version starts only with all of them. Call it when every
 * node runs; one of an older version would have to stay out. Returns what the broker refused.
 * https://www.rabbitmq.com/docs/feature-flags
 */
export async function enableFeatureFlags(client: ManagementClient): Promise<Refusal[]> {
  const flags = flagsSchema.parse(await client.get('/feature-flags'));
  const disabled = flags.filter(({ state, stability }) => state === 'disabled' && stability === 'stable');
  const attempts = new Attempts(client.signal);
  for (const { name } of disabled)
    await attempts.try(`feature flag ${name}`, () =>
      client.put(`${apiPath('feature-flags', name)}/enable`, {}),
    );
  return attempts.refused;
}
