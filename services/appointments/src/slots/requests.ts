import { z } from 'zod';
import { id, minute, page } from '../request-fields.ts';

/** Longest span of one slot query, so that a page never reads more than a month of cells. */
export const MAX_SLOT_DAYS = 31;

/** Query of `GET /v1/slots`: exactly one of schedule and practitioner, and at most {@link MAX_SLOT_DAYS} days. */
export const slotQuery = z
  .strictObject({
    schedule: id.optional(),
    practitioner: id.optional(),
    from: minute.optional(),
    to: minute.optional(),
    ...page,
  })
  .refine((query) => (query.schedule === undefined) !== (query.practitioner === undefined), {
    error: 'give exactly one of schedule and practitioner',
    path: ['schedule'],
  });
export type SlotQuery = z.infer<typeof slotQuery>;
