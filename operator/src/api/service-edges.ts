import * as z from 'zod';
import * as field from './fields.ts';

/** Plain names: what MongoDB has for itself (`system.`) is none. */
const COLLECTION = /^[a-z][a-z0-9_]{0,63}$/;

/** In CEL, what the name of a call's variable is made of. */
function variable(call: string): string {
  return `(${call}.port == 'http' ? ${call}.service : ${call}.service + '-' + ${call}.port)`;
}

/** The edges of a service: whom it calls, what it publishes, consumes and stores in. */
export const edges = {
  calls: z
    .array(
      z.object({
        service: field.objectName('HealthcareService in the same namespace.'),
        port: field
          .portName('Port of that service: `http`, or the name of one of its `ports`.')
          .default('http'),
      }),
    )
    .max(32)
    .meta({
      description:
        'Services that this one calls. Opens the network between the two and hands the address in as `CALLS_<SERVICE>_URL` (`CALLS_<SERVICE>_<PORT>_URL` for a named port).',
      ...field.keyedBy('service', 'port'),
      ...field.rules({
        rule: `self.all(a, self.exists_one(b, ${variable('a')} == ${variable('b')}))`,
        message:
          'two calls give one variable CALLS_..._URL (a-b, and the port b of a): give the port another name',
      }),
    })
    .optional(),
  publishes: z
    .array(z.object({ event: field.eventName('Name of the event.') }))
    .max(64)
    .meta({
      description: 'Events that this service may publish; the broker refuses any other.',
      ...field.keyedBy('event'),
    })
    .optional(),
  consumes: z
    .array(z.object({ event: field.eventName('Name of the event.') }))
    .max(64)
    .meta({
      description: "Events that are delivered to this service's queue, whoever publishes them.",
      ...field.keyedBy('event'),
    })
    .optional(),
  stores: z
    .array(
      z
        .object({
          store: field.objectName('EncryptedStore in the same namespace.'),
          access: z
            .enum(['ReadWrite', 'InsertOnly'])
            .meta({
              description:
                'What the service’s user may do with its data. `InsertOnly` (mongodb): insert and find, but for `mutableCollections`; nothing that is there can be changed or deleted with its credentials. `ReadWrite` when absent.',
            })
            .optional(),
          mutableCollections: z
            .array(z.string().max(64).regex(COLLECTION))
            .max(16)
            .meta({
              description: 'With `InsertOnly`: collections in which documents may be updated and deleted.',
              ...field.SET,
            })
            .optional(),
        })
        .meta(
          field.rules({
            rule: "!has(self.mutableCollections) || (has(self.access) && self.access == 'InsertOnly')",
            message: 'mutableCollections needs access: InsertOnly',
            fieldPath: '.mutableCollections',
          }),
        ),
    )
    .max(8)
    .meta({
      description:
        'Stores that this service uses. The operator makes a user that sees only this service’s data and mounts the credentials at `/bindings/<store>`.',
      ...field.keyedBy('store'),
    })
    .optional(),
  broker: field
    .objectName(
      'MessageBroker that carries the events; the oldest of the namespace when absent, which another one does not change. Matters to services that publish or consume.',
    )
    .optional(),
};
