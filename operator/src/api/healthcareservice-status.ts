import * as z from 'zod';
import * as field from './fields.ts';

/** Of `status.edges`, in characters. */
export const EDGES_LENGTH = 4096;

const revisionHash = z.string().min(1).max(63).meta({ description: 'Hash of the revision.' });

const revisionMoment = z.object({
  revision: revisionHash,
  at: z.iso.datetime().meta({ description: 'When that was.', format: 'date-time' }),
});

const rolloutStatus = z
  .object({
    begun: revisionMoment
      .meta({ description: 'The revision that was last given to the Deployment.' })
      .optional(),
    ready: z
      .array(revisionMoment)
      .max(10)
      .meta({
        description:
          'Revisions that were Ready and did not fail afterwards, the last one first; to the first of them that is not what the spec asks for a failed revision is rolled back.',
        'x-kubernetes-list-type': 'atomic',
      })
      .optional(),
    failed: z
      .object({
        revision: revisionHash,
        reason: z
          .enum(['ProgressDeadlineExceeded', 'CrashLooping', 'BurnsSlo'])
          .meta({ description: 'What it failed by.' }),
        message: z.string().max(1024).meta({ description: 'What was seen of it, for people.' }),
        retry: z
          .string()
          .max(1024)
          .meta({ description: 'The annotation `careplane.dev/retry` at that time.' })
          .optional(),
      })
      .meta({ description: 'The revision of the spec that failed and is not tried again.' })
      .optional(),
  })
  .meta({ description: 'What is remembered of the revisions.' });

/** The schema of `status`. */
export const status = z
  .object({
    ...field.statusBase,
    replicas: field.count('Pods that are wanted now.'),
    selector: z
      .string()
      .max(128)
      .meta({ description: 'Selects the pods of the service, for autoscalers (`scale` subresource).' })
      .optional(),
    readyReplicas: field.count('Pods that are ready.'),
    pods: z
      .string()
      .max(16)
      .meta({ description: 'Pods that are ready, of those that are wanted, as `2/3`.' })
      .optional(),
    version: z.string().max(128).meta({ description: 'Version that all pods run.' }).optional(),
    revision: z
      .string()
      .max(63)
      .meta({
        description:
          'Hash of the revision that the Deployment has: the name of its ControllerRevision is `<service>-<revision>`. Differs from what the spec asks for after a rollback.',
      })
      .optional(),
    rollout: rolloutStatus.optional(),
    scaled: z
      .object({
        replicas: z.int().min(0).meta({ description: 'Replicas that it decided on.' }),
        declared: z.int().min(0).meta({ description: '`spec.replicas` at that time.' }),
      })
      .meta({
        description:
          'The last decision of a ScalingPolicy. It holds when the policy is gone, until `spec.replicas` changes or the annotation `careplane.dev/release-replicas` is "true".',
      })
      .optional(),
    generated: z
      .array(
        z.object({
          secret: z.string().max(50).meta({ description: 'Name of the Secret.' }),
          keys: z
            .array(z.string().max(63))
            .max(16)
            .meta({ description: 'Its keys that were there once.', ...field.SET }),
        }),
      )
      .max(16)
      .meta({
        description:
          'Keys of `spec.secrets[].generate` that were there once. One that is lost is never made anew, since data may be stored with its value, until the annotation `careplane.dev/regenerate-secret` names the Secret.',
        ...field.keyedBy('secret'),
      })
      .optional(),
    regenerated: z
      .string()
      .max(50)
      .meta({ description: 'The annotation `careplane.dev/regenerate-secret` that was carried out last.' })
      .optional(),
    slo: z
      .string()
      .max(64)
      .meta({ description: 'What `spec.slo` promises, in short, as `99.9 % / 200ms`.' })
      .optional(),
    wouldBlock: z
      .array(
        z.object({
          flow: z.string().max(256).meta({ description: 'As `egress to clinic/mail-sink TCP 1025`.' }),
          lastSeen: z.iso
            .datetime()
            .meta({ description: 'When it was seen last, to the hour.', format: 'date-time' }),
        }),
      )
      .max(64)
      .meta({
        description:
          'Under `enforcement: Shadow`: the connections that were seen in the last 7 days and that the declared edges would not let through.',
        ...field.keyedBy('flow'),
      })
      .optional(),
    wouldBlockMore: field.count('How many more there are than `wouldBlock` holds.'),
    edges: z.string().max(EDGES_LENGTH).meta({ description: 'The declared edges, in one line.' }).optional(),
  })
  .meta({ description: 'The service as the operator sees it.' });
