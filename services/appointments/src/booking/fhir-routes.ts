import { audited, MOST_VERSIONS, NotFound, PreconditionFailed, withTransaction } from '@careplane/kit';
import type { Transaction } from '@careplane/kit';
import { minuteOf } from '../grid/minutes.ts';
import { appointmentSchema, toMongoFilter } from '../kit-fhir.ts';
import type { Interaction, Resource, ResourceDefinition, SearchParameter, Stored } from '../kit-fhir.ts';
import type { Parts } from '../parts.ts';
import { refused } from '../problems.ts';
import { pageOfListed } from '../search/paging.ts';
import {
  contentOfUpdate,
  FILLED,
  isSameVisit,
  participantsOf,
  reasonIn,
  toFhirAppointment,
} from './appointment-resource.ts';
import { APPOINTMENT_SEARCH } from './appointment-search.ts';
import { createAppointment } from './book-fhir-route.ts';
import { cancel, revise } from './cancel.ts';
import type { AppointmentRecord, CancellationReason } from './records.ts';
import { versionOf } from './versions.ts';

const R4 = 'http://hl7.org/fhir/SearchParameter';

const searchParameters: Readonly<Record<string, SearchParameter>> = {
  patient: {
    type: 'reference',
    documentation: 'The patient who comes.',
    definition: `${R4}/Appointment-patient`,
    targets: ['Patient'],
    paths: ['participant.actor'],
  },
  practitioner: {
    type: 'reference',
    documentation: 'The practitioner whom they see.',
    definition: `${R4}/Appointment-practitioner`,
    targets: ['Practitioner'],
    paths: ['participant.actor'],
  },
  actor: {
    type: 'reference',
    documentation: 'Whoever of both.',
    definition: `${R4}/Appointment-actor`,
    targets: ['Patient', 'Practitioner'],
    paths: ['participant.actor'],
  },
  date: {
    type: 'date',
    documentation: 'When it begins. The latest first, unless it says otherwise.',
    definition: `${R4}/Appointment-date`,
    sortable: true,
  },
  status: {
    type: 'token',
    documentation: '`booked` or `cancelled`.',
    definition: `${R4}/Appointment-status`,
  },
  identifier: {
    type: 'token',
    documentation: 'An identifier of it, such as the client gave it for a conditional create.',
    definition: `${R4}/Appointment-identifier`,
  },
};

/** Appointments over FHIR: creating one books it, an update cancels it or changes what is said about it. */
export function appointmentDefinition(parts: Parts): ResourceDefinition {
  const { appointments, versions } = parts.store;
  const present = (id: string): Promise<AppointmentRecord | null> => appointments.findOne({ _id: id });
  return {
    type: 'Appointment',
    documentation:
      'A visit of one patient to one practitioner. Creating it books the time, or fails with 409 and `slot-taken` or `patient-busy`. It is cancelled by an update to the status `cancelled`.',
    schema: appointmentSchema,
    attributes: (resource) => ({
      patient: participantsOf(resource, 'Patient'),
      practitioner: participantsOf(resource, 'Practitioner'),
    }),
    searchParameters,
    includes: ['patient', 'practitioner', 'actor'],
    careDate: 'date',
    filledElements: FILLED,
    store: {
      async read(id) {
        const found = await appointments.findById(id);
        return found === null ? undefined : toFhirAppointment(found);
      },
      async vread(id, versionId) {
        const found = await versionOf(parts.store, id, versionId);
        return found && toFhirAppointment(found);
      },
      async history(id) {
        const found = await present(id);
        if (found === null) return [];
        const former = await versions.find(
          { appointmentId: id },
          { sort: { version: -1 }, limit: MOST_VERSIONS - 1 },
        );
        return [found, ...former.map(({ record }) => record)].map(toFhirAppointment);
      },
      async search(query) {
        const condition = toMongoFilter(query, APPOINTMENT_SEARCH);
        const { documents, ...page } = await pageOfListed<AppointmentRecord>(appointments, condition, query);
        return { ...page, resources: documents.map(toFhirAppointment) };
      },
      create: (resource, interaction, options) => createAppointment(parts, resource, interaction, options),
      update: (id, resource, interaction, { ifMatch }) =>
        updateAppointment(parts, { id, resource, interaction, ifMatch }),
    },
  };
}

interface Update {
  readonly id: string;
  readonly resource: Resource;
  readonly interaction: Interaction;
  readonly ifMatch: string | undefined;
}

/** `PUT /fhir/R4/Appointment/<id>`: `status: cancelled` frees the time for others at once. */
async function updateAppointment(parts: Parts, update: Update): Promise<Stored> {
  const { store, mongo } = parts;
  const { id, resource, interaction, ifMatch } = update;
  const former = await store.appointments.findOne({ _id: id });
  if (former === null) throw new NotFound();
  if (ifMatch !== undefined && ifMatch !== String(former.version)) throw new PreconditionFailed();
  requireServed(former, resource);
  const changes = contentOfUpdate(resource, former);
  const cancels = resource['status'] === 'cancelled' && former.status === 'booked';
  const work = async (tx: Transaction): Promise<Stored> => {
    const revised = cancels
      ? await cancel(parts, tx, { former, reason: reasonOf(update), changes })
      : await revise(store, tx, former, changes);
    if (revised === undefined) throw new PreconditionFailed();
    return toFhirAppointment(revised);
  };
  return withTransaction(mongo, audited(interaction.audit, work), { signal: interaction.signal });
}

/** What an update may do: cancel what has not begun, and change what is said about a visit. @throws HttpProblem (422) */
function requireServed(former: AppointmentRecord, resource: Resource): void {
  const status = resource['status'];
  if (!isSameVisit(resource, former)) throw refused('not-changeable');
  if (status === former.status) return;
  if (former.status === 'cancelled') throw refused('not-booked');
  if (status !== 'cancelled') throw refused('status-not-served');
  if (former.start <= minuteOf(new Date())) throw refused('already-begun');
}

/** Who cancels says why, where they do not say it themselves. */
function reasonOf({ resource, interaction }: Update): CancellationReason {
  const said = reasonIn(resource);
  if (said !== undefined) return said;
  const { role } = interaction.subject;
  if (role === 'patient') return 'pat';
  return role === 'practitioner' ? 'prov' : 'other';
}
