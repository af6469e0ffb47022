import { createInternalClient, describeError } from '@careplane/kit';
import type { ServiceContext } from '@careplane/kit';
import { z } from 'zod';
import { remembered } from '../documents/remembered.ts';
import type { Origins } from './cors.ts';

const answer = z.object({ origins: z.array(z.string()).max(10_000) });

/** The web origins of registered apps, which identity knows; while it is away, those that were known last. */
export function createAppOrigins(ctx: ServiceContext, refreshMs: number): Origins {
  const identity = createInternalClient(ctx, 'identity');
  const read = remembered(refreshMs, async () => {
    const { origins } = await identity.getJson('/internal/app-origins', answer);
    return new Set(origins.map((origin) => origin.toLowerCase()));
  });
  return async (origin) => {
    try {
      const wanted = origin.toLowerCase();
      // an app that was registered a moment ago is worth the wait
      return (await read((known) => known.has(wanted))).has(wanted);
    } catch (error) {
      ctx.logger.warn('origins of apps: not to be had', describeError(error));
      return false;
    }
  };
}
