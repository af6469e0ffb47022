import { z } from 'zod';

/** An id as FHIR writes it. */
const id = z.string().regex(/^[A-Za-z0-9.-]{1,64}$/);
const code = z.string().regex(/^[A-Za-z$][A-Za-z0-9$._-]{0,63}$/);
const text = z.string().min(1).max(256);
/** Of what is no FHIR resource, too: apps, sessions, keys. */
const anyId = z.string().regex(/^[A-Za-z0-9:._-]{1,64}$/);

/** Of one entry: a page, what it includes and what refers to it are fewer. */
export const MOST_ENTITIES = 1_200;

/** What was looked at or changed. */
const entity = z.object({
  /** A FHIR resource type, or what else a service keeps, such as `account`. */
  type: code,
  id: anyId.optional(),
  version: id.optional(),
  /** How many of the type, where they are about no patient and are not named one by one. */
  count: z.int().min(0).optional(),
});

/** Who did it. Ids and codes: no name, no address. */
const agent = z.object({
  /** The role of the token; `service` for a service by itself, `unknown` where nobody was logged in. */
  role: code,
  /** The account, or the client of a backend app. */
  account: text.optional(),
  /** The FHIR id of the person behind the account. */
  person: z.object({ type: code, id }).optional(),
  /** The app (OAuth client) that asked. */
  client: text.optional(),
});

/** What a service says of an access; the trail adds what makes it an entry. */
export const accessSchema = z.object({
  /** A FHIR interaction (`read`, `search`, ...), an operation (`$match`), or what else was done (`log-in`). */
  action: code,
  /** `failed`: it was allowed and did not come about, as when nothing was there or another version was. */
  outcome: z.enum(['granted', 'denied', 'failed']),
  /** Why not: a `DenialReason`, or the status of the answer. */
  reason: code.optional(),
  agent,
  /** Of use (v3-ActReason). */
  purpose: code.optional(),
  /** A record that was opened by break-glass. */
  emergency: z.literal(true).optional(),
  entities: z.array(entity).max(MOST_ENTITIES),
  /** Whose data it was. An access to data of several patients is one entry for each. */
  patient: id.optional(),
  /** The names of the search parameters, never their values. */
  criteria: z.array(z.string().max(128)).max(64).optional(),
  /** What an app was allowed, where that is what was done. */
  scopes: z.array(z.string().max(600)).max(200).optional(),
  /** How many refused accesses this one stands for, when a caller has too many for an entry each. */
  count: z.int().min(1).optional(),
});

/**
 * One entry of the audit: who did what to whose data, when and why, without any of the data.
 * Who reads it leaves out what a newer publisher has added; what leaves a service is what is here.
 */
export const entrySchema = z.object({
  ...accessSchema.shape,
  /** A UUID of version 7: in the order of time. */
  id: z.uuid({ version: 'v7' }),
  /** When the access was recorded: before the answer. */
  recorded: z.iso.datetime(),
  service: z.string().min(1).max(63),
  /** Of the request (W3C trace context). */
  traceId: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
});

export type Access = z.infer<typeof accessSchema>;
export type AuditEntry = z.infer<typeof entrySchema>;
export type AuditAgent = Access['agent'];
export type AuditEntity = Access['entities'][number];
