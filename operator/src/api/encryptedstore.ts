import * as z from 'zod';
import type { CustomObject } from '../runtime/kube.ts';
import { commonColumns, readyColumn } from './columns.ts';
import * as field from './fields.ts';
import { schedulingFields } from './scheduling.ts';
import {
  resourceType,
  type KindDefinition,
  type SpecOf,
  type StatusOf,
  type ValidationRule,
} from './kind.ts';

/** A release of an engine: `8` or `8.0`. */
export const VERSION_PATTERN = /^[1-9][0-9]{0,2}(\.[0-9]{1,3})?$/;

const spec = z
  .object({
    engine: z.enum(['mongodb', 'redis']).meta({
      description:
        '`mongodb` for documents (a replica set), `redis` for sessions and hot data. Fixed once made.',
      ...field.rules({
        rule: 'self == oldSelf',
        message: 'the engine cannot be changed: make a new store and move the data',
      }),
    }),
    members: z.literal([1, 3]).default(1).meta({
      description: 'Members of the replica set; 3 survive the loss of one. redis has 1.',
      type: 'integer',
    }),
    version: z.string().max(7).regex(VERSION_PATTERN).optional().meta({
      description:
        'Version of the engine, as `8.0`: one that the operator offers (chart value `engines.versions`). Absent: the chart’s image of the engine. MongoDB goes one major release at a time, neither goes back below what its data is written for.',
    }),
    storage: field.storage,
    encryption: z
      .object({
        policy: z.enum(['Required', 'Preferred']).default('Required').meta({
          description:
            '`Required`: the store, and services with dataClass phi, are not Ready until encryption at rest is proven. `Preferred`: they are, and `StorageEncrypted` informs.',
        }),
      })
      .meta({ description: 'Encryption at rest. In transit it is always on.' })
      .prefault({}),
    deletionPolicy: field.deletionPolicy,
    resources: field.resources.optional(),
    ...schedulingFields,
  })
  .meta({
    description: 'The store as it is wanted.',
    ...field.rules(
      {
        rule: "self.engine != 'redis' || self.members == 1",
        message: 'redis has one member',
        fieldPath: '.members',
      },
      memoryFrom('mongodb', '512Mi', 'its cache takes at least 256 MiB, and the rest of it as much'),
      memoryFrom('redis', '64Mi', 'what it does not keep data in would not be left'),
      field.storageFrom(
        '512Mi',
        'the log of operations and the journal take 228 MiB',
        "self.engine != 'mongodb' || ",
      ),
      field.storageFrom('64Mi', 'the append-only file is written a second time now and then'),
    ),
  });

function memoryFrom(engine: string, least: string, why: string): ValidationRule {
  const isSaid = 'has(self.resources) && has(self.resources.limits) && has(self.resources.limits.memory)';
  return {
    rule: `self.engine != '${engine}' || !(${isSaid}) || ${field.isAtLeast('string(self.resources.limits.memory)', least)}`,
    message: `limits.memory is below ${least}, which ${engine} needs: ${why}`,
    fieldPath: '.resources.limits.memory',
  };
}

const status = z
  .object({
    ...field.statusBase,
    readyMembers: field.count('Members that are up.'),
    version: z.string().max(63).optional().meta({
      description: 'Version that the members run; the oldest while they differ.',
    }),
    featureCompatibilityVersion: z.string().max(15).optional().meta({
      description:
        'Of MongoDB: which release’s format the data has. It is raised once every member runs that release.',
    }),
    departing: field.departing,
    resyncing: z
      .array(
        z.object({
          member: z.string().max(253).meta({ description: 'Name of its pod.' }),
          pod: z.string().max(253).meta({ description: 'Uid of the pod that was found.' }),
          since: z.iso.datetime().meta({ description: 'When it was found.', format: 'date-time' }),
        }),
      )
      .max(3)
      .meta({
        description:
          'Members of a replica set that were too far behind ever to catch up. The pod that follows the one that was found removes their data, and they copy everything anew.',
        ...field.keyedBy('member'),
      })
      .optional(),
  })
  .meta({ description: 'The store as the operator sees it.' });

export const encryptedStore = {
  kind: 'EncryptedStore',
  plural: 'encryptedstores',
  singular: 'encryptedstore',
  shortName: 'es',
  description:
    'A database or cache on encrypted volumes, with TLS, and with one user for each HealthcareService that declares it. Its data outlives it unless `deletionPolicy` is `Delete`.',
  spec,
  status,
  columns: [
    readyColumn,
    { name: 'Engine', type: 'string', jsonPath: '.spec.engine', description: 'The database.' },
    {
      name: 'Members',
      type: 'integer',
      jsonPath: '.status.readyMembers',
      description: 'Members that are up.',
    },
    {
      name: 'Encrypted',
      type: 'string',
      jsonPath: ".status.conditions[?(@.type=='StorageEncrypted')].status",
      description: 'Whether encryption at rest is proven.',
    },
    ...commonColumns,
  ],
  example: `apiVersion: careplane.dev/v1alpha1
kind: EncryptedStore
metadata: { name: clinic-db, namespace: clinic }
spec:
  engine: mongodb
  members: 3
  storage: { size: 2Gi }
`,
} as const satisfies KindDefinition;

export type EncryptedStoreSpec = SpecOf<typeof encryptedStore>;
export type EncryptedStoreStatus = StatusOf<typeof encryptedStore>;
export type EncryptedStore = CustomObject<EncryptedStoreSpec, EncryptedStoreStatus>;
export const encryptedStores = resourceType<EncryptedStore>(encryptedStore);
