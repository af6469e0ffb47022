import { Invalid } from '@careplane/kit';
import type { Parameters } from '@careplane/kit';

export type Parameter = NonNullable<Parameters['parameter']>[number];

/** The first parameter of a name in the body of an operation. */
export function parameterOf(body: unknown, name: string): Parameter | undefined {
  return ((body as Parameters | undefined)?.parameter ?? []).find((one) => one.name === name);
}

/** A parameter is not what it must be. */
export function parameterFault(name: string, message: string): Invalid {
  return new Invalid([{ path: `Parameters.parameter.where(name='${name}')`, message }]);
}

/** A parameter of the query is not what it must be. */
export function queryFault(name: string, message: string): Invalid {
  return new Invalid([{ path: `http.${name}`, message }]);
}
