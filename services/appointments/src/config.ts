import { erasureConfig } from '@careplane/kit';
import type { z } from 'zod';

/** The keys of `spec.config` that appointments reads. */
export const appointmentsConfig = erasureConfig;

export type AppointmentsConfig = z.infer<typeof appointmentsConfig>;
