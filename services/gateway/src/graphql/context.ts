import type { User } from '@careplane/kit';
import DataLoader from 'dataloader';
import { patient, practitioner } from './resources.ts';
import type { Patient, Practitioner } from './resources.ts';
import type { RestReader } from './rest.ts';

/** What the resolvers of one request share. */
export interface GraphqlContext {
  readonly user: User;
  readonly rest: RestReader;
  /** Each resource is asked for once in a request, however often it is named. */
  readonly patients: DataLoader<string, Patient | undefined>;
  readonly practitioners: DataLoader<string, Practitioner | undefined>;
}

/** A context for a caller. Nothing in it outlives the request: what one may see another may not. */
export function createContext(user: User, rest: RestReader): GraphqlContext {
  return {
    user,
    rest,
    patients: loader((id) => rest.get(`/fhir/R4/Patient/${encodeURIComponent(id)}`, patient)),
    practitioners: loader((id) => rest.get(`/fhir/R4/Practitioner/${encodeURIComponent(id)}`, practitioner)),
  };
}

/** One call for each id, all at once; a failure is that id's alone. */
function loader<T>(read: (id: string) => Promise<T | undefined>): DataLoader<string, T | undefined> {
  return new DataLoader<string, T | undefined>(async (ids) => {
    const results = await Promise.allSettled(ids.map((id) => read(id)));
    return results.map((result) => (result.status === 'fulfilled' ? result.value : asError(result.reason)));
  });
}

function asError(reason: unknown): Error {
  return Error.isError(reason) ? reason : new TypeError('a call failed with something that is no error');
}
