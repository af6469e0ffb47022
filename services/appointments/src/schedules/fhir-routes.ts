import { randomUUID } from 'node:crypto';
import { satisfies } from '@careplane/access';
import { audited, Forbidden, Invalid, NotFound, PreconditionFailed, withTransaction } from '@careplane/kit';
import type { Made, Transaction } from '@careplane/kit';
import { minuteOf } from '../grid/minutes.ts';
import { scheduleSchema, toMongoFilter } from '../kit-fhir.ts';
import type {
  Created,
  CreateOptions,
  Interaction,
  Resource,
  ResourceDefinition,
  SearchParameter,
  Stored,
} from '../kit-fhir.ts';
import type { Parts } from '../parts.ts';
import { refused } from '../problems.ts';
import { faultAt, identifiersOf, referenceIn } from '../resource-fields.ts';
import { conditionOf } from '../search/condition.ts';
import { pageOfListed } from '../search/paging.ts';
import type { ScheduleRecord } from './record.ts';
import { keptOf, readSchedule, toFhirSchedule } from './schedule-resource.ts';
import { SCHEDULE_SEARCH } from './schedule-search.ts';

const R4 = 'http://hl7.org/fhir/SearchParameter';

const searchParameters: Readonly<Record<string, SearchParameter>> = {
  actor: {
    type: 'reference',
    documentation: 'The practitioner whose time it is.',
    definition: `${R4}/Schedule-actor`,
    targets: ['Practitioner'],
    paths: ['actor'],
  },
  date: {
    type: 'date',
    documentation: 'A time within the planning horizon.',
    definition: `${R4}/Schedule-date`,
    sortable: true,
  },
  active: {
    type: 'token',
    documentation: 'Whether it can be booked on.',
    definition: `${R4}/Schedule-active`,
  },
  identifier: {
    type: 'token',
    documentation: 'An identifier of it.',
    definition: `${R4}/Schedule-identifier`,
  },
};

/** Schedules over FHIR: opened by practitioners for themselves, and by those who may for any. */
export function scheduleDefinition(parts: Parts): ResourceDefinition {
  const { schedules } = parts.store;
  return {
    type: 'Schedule',
    documentation:
      'When a practitioner can be seen: planning horizon, length of a slot, opening hours by weekday and date on the wall clock of a time zone, and closures. Slots are computed from it.',
    schema: scheduleSchema,
    attributes: attributesOf,
    searchParameters,
    includes: ['actor'],
    store: {
      async read(id) {
        const found = await schedules.findOne({ _id: id });
        return found === null ? undefined : toFhirSchedule(found);
      },
      async vread(id, versionId) {
        const found = await schedules.findOne({ _id: id });
        if (found === null) return undefined;
        const resource = toFhirSchedule(found);
        return resource.meta.versionId === versionId ? resource : undefined;
      },
      async search(query) {
        const condition = toMongoFilter(query, SCHEDULE_SEARCH);
        const { documents, ...page } = await pageOfListed<ScheduleRecord>(schedules, condition, query);
        return { ...page, resources: documents.map(toFhirSchedule) };
      },
      create: (resource, interaction, options) => openOnce(parts, resource, interaction, options),
      update: (id, resource, interaction, { ifMatch }) =>
        change(parts, { id, resource, interaction, ifMatch }),
    },
  };
}

function attributesOf(resource: Resource): { practitioner: string[] } {
  const actors = (resource['actor'] ?? []) as readonly unknown[];
  return { practitioner: actors.flatMap((actor) => referenceIn(actor, 'Practitioner') ?? []) };
}

async function openOnce(
  parts: Parts,
  resource: Resource,
  interaction: Interaction,
  options: CreateOptions,
): Promise<Created<Stored>> {
  const { store, idempotency } = parts;
  const sought = { type: 'Schedule', records: store.schedules, map: SCHEDULE_SEARCH, toFhir: toFhirSchedule };
  const condition = conditionOf(store.claims, sought, options);
  const match = await condition?.look();
  if (match) return { resource: match, created: false };
  const content = contentOf(resource);
  const schedule = { _id: randomUUID(), ...content, version: 1, created: new Date() };
  const how = {
    required: false,
    caller: interaction.subject,
    before: () => requireSound(parts, schedule, interaction),
    async reread({ id }: Made) {
      const found = await store.schedules.findOne({ _id: id });
      return found === null ? undefined : toFhirSchedule(found);
    },
    existing: condition?.existing,
  };
  const work = async (tx: Transaction): Promise<Stored> => {
    await store.schedules.insert([schedule], tx);
    return toFhirSchedule(schedule);
  };
  return idempotency.create(interaction.req, how, audited(interaction.audit, work));
}

interface Change {
  readonly id: string;
  readonly resource: Resource;
  readonly interaction: Interaction;
  readonly ifMatch: string | undefined;
}

/**
 * `PUT /fhir/R4/Schedule/<id>`: other hours, closures, another horizon, or none of it any more (`active: false`). It counts for what
 * is booked from then on; what is booked stays booked.
 */
async function change(parts: Parts, { id, resource, interaction, ifMatch }: Change): Promise<Stored> {
  const { schedules } = parts.store;
  const former = await schedules.findOne({ _id: id });
  if (former === null) throw new NotFound();
  const { version = 1 } = former;
  if (ifMatch !== undefined && ifMatch !== String(version)) throw new PreconditionFailed();
  const next = contentOf(resource);
  if (next.practitionerId !== former.practitionerId) throw refused('another-practitioner');
  await requireSound(parts, { ...former, ...next }, interaction);
  const work = async (tx: Transaction): Promise<Stored> => {
    const changed = await schedules.findOneAndUpdate(
      { _id: id, version: former.version === undefined ? { $exists: false } : version },
      {
        $set: { ...next, version: version + 1 },
        ...(next.identifiers === undefined && { $unset: { identifiers: '' } }),
      },
      tx,
    );
    if (changed === null) throw new PreconditionFailed();
    return toFhirSchedule(changed);
  };
  return withTransaction(parts.mongo, audited(interaction.audit, work), { signal: interaction.signal });
}

/** What a Schedule says, whether it is made or changed. @throws Invalid naming the elements */
function contentOf(resource: Resource): Omit<ScheduleRecord, '_id' | 'created' | 'version'> {
  const read = readSchedule(resource);
  if ('faults' in read) throw new Invalid(read.faults);
  const identifiers = identifiersOf(resource);
  return {
    ...read.schedule,
    active: read.active,
    kept: keptOf(resource),
    ...(identifiers.length > 0 && { identifiers }),
    updated: new Date(),
  };
}

async function requireSound(parts: Parts, schedule: ScheduleRecord, interaction: Interaction): Promise<void> {
  const { practitionerId, end } = schedule;
  if (!satisfies(interaction.decision.constraint, { practitioner: [practitionerId] })) throw new Forbidden();
  if (end <= minuteOf(new Date())) {
    throw new Invalid([faultAt('Schedule.planningHorizon.end', 'must be in the future')]);
  }
  if (!(await parts.persons.exists('Practitioner', practitionerId, interaction.signal))) {
    throw refused('unknown-practitioner');
  }
}
