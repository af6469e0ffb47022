import { NotFound, route } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';
import { z } from 'zod';
import type { Persons } from './persons.ts';

const params = z.object({ type: z.enum(['Patient', 'Practitioner']), id: z.string().min(1).max(64) });

/**
 * `GET /internal/persons/:type/:id`, for the services that keep records about persons: whether the person may have visits. A patient who was
 * merged into another one is not active.
 */
export function readPersonState({ persons }: { readonly persons: Persons }): RequestHandler {
  return route({ params }, async ({ params: { type, id } }) => {
    const stored = await persons.of(type).read(id);
    if (!stored) throw new NotFound();
    return {
      status: 200,
      headers: { 'cache-control': 'no-store' },
      body: { active: stored['active'] !== false },
    };
  });
}
