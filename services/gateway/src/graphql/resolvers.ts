import { Invalid } from '@careplane/kit';
import type { GraphqlContext } from './context.ts';
import { appointmentPage, referencedId } from './resources.ts';
import type { Appointment, Patient, Practitioner } from './resources.ts';

interface AppointmentsArguments {
  readonly first: number;
  readonly after?: string | null;
  readonly patient?: string | null;
  readonly practitioner?: string | null;
}

interface AppointmentConnection {
  readonly nodes: Appointment[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

type Found<T> = Promise<T | undefined> | undefined;

/** The resolvers. Each reads through REST as the caller, so that what REST would refuse is refused here. */
export const resolvers = {
  Query: {
    me: (_root: unknown, _args: unknown, { user }: GraphqlContext) => ({ id: user.sub, role: user.role }),
    patient: (_root: unknown, { id }: { id: string }, context: GraphqlContext): Found<Patient> =>
      context.patients.load(id),
    practitioner: (_root: unknown, { id }: { id: string }, context: GraphqlContext): Found<Practitioner> =>
      context.practitioners.load(id),
    appointments: readAppointments,
  },
  Me: {
    patient: (_me: unknown, _args: unknown, { user, patients }: GraphqlContext): Found<Patient> =>
      user.role === 'patient' ? patients.load(user.sub) : undefined,
    practitioner: (
      _me: unknown,
      _args: unknown,
      { user, practitioners }: GraphqlContext,
    ): Found<Practitioner> => (user.role === 'practitioner' ? practitioners.load(user.sub) : undefined),
  },
  Appointment: {
    reasonCode: (appointment: Appointment): string | undefined => appointment.reasonCode[0]?.coding[0]?.code,
    patient: (appointment: Appointment, _args: unknown, { patients }: GraphqlContext): Found<Patient> =>
      load(referencedId(appointment, 'Patient'), (id) => patients.load(id)),
    practitioner: (
      appointment: Appointment,
      _args: unknown,
      { practitioners }: GraphqlContext,
    ): Found<Practitioner> => load(referencedId(appointment, 'Practitioner'), (id) => practitioners.load(id)),
  },
} as const;

/** The most a page may hold, as the services have it. */
export const LARGEST_PAGE = 100;

async function readAppointments(
  _root: unknown,
  args: AppointmentsArguments,
  { rest }: GraphqlContext,
): Promise<AppointmentConnection> {
  if (args.first < 1 || args.first > LARGEST_PAGE)
    throw new Invalid([{ path: 'first', message: '1 to 100' }]);
  const query = new URLSearchParams({ _count: String(args.first), _sort: '-date' });
  if (args.after) query.set('_cursor', args.after);
  if (args.patient) query.set('patient', `Patient/${args.patient}`);
  if (args.practitioner) query.set('practitioner', `Practitioner/${args.practitioner}`);
  const page = await rest.get(`/fhir/R4/Appointment?${query.toString()}`, appointmentPage);
  const next = page?.next ?? null;
  return { nodes: page?.items ?? [], pageInfo: { hasNextPage: next !== null, endCursor: next } };
}

function load<T>(id: string | undefined, read: (id: string) => Promise<T | undefined>): Found<T> {
  return id === undefined ? undefined : read(id);
}
