import * as z from 'zod';
import * as field from './fields.ts';

/** Where a service with `spec.auditLog` publishes its log at the admin port: `checkpoint`, `vkeys` and `tile/...` below it. */
export const WHOLE_LOG = '/audit-log';

/** `<name>+<id>+<base64>`: a verifier key of c2sp.org/signed-note. */
const VERIFIER_KEY = /^[^\s+]{1,128}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{1,64}$/;

/** That a service publishes a log whose checkpoints the operator keeps. */
export const auditLog = z
  .object({
    keys: z
      .array(
        z
          .string()
          .max(256)
          .regex(VERIFIER_KEY)
          .meta({ description: 'As `<name>+<id>+<base64>` (c2sp.org/signed-note).' }),
      )
      .max(8)
      .meta({
        description:
          'Verifier keys of the log (also former ones) and of its witnesses. When absent, those that the service says first are kept, and no others are believed.',
        ...field.SET,
      })
      .optional(),
  })
  .meta({
    description:
      'The service publishes a transparency log (c2sp.org/tlog-tiles) under `/audit-log` of its admin port. The operator reads its checkpoint once a minute, proves that it goes on from the one before, and keeps those that are cosigned in its own namespace: `AuditLogKept`.',
  });
