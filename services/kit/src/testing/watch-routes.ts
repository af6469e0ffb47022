import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { fhirRoutes } from '../index.ts';
import type { FhirRoute, ResourceDefinition } from '../index.ts';

export interface RouteWatch {
  /** Routes that have not answered with success since the watch began, as `GET /fhir/R4/Patient/:id`. */
  missing(): string[];
  stop(): void;
}

/** Watches which routes of these definitions answer, in this process: a test that reaches all of them expects none missing. */
export function watchRoutes(definitions: readonly ResourceDefinition[]): RouteWatch {
  const nameOf = ({ method, path }: FhirRoute): string => `${method} ${path}`;
  const seen = new Set<string>();
  const note = (message: unknown): void => {
    seen.add(nameOf(message as FhirRoute));
  };
  subscribe('careplane.fhir.route', note);
  return {
    missing: () =>
      fhirRoutes(definitions)
        .map(nameOf)
        .filter((name) => !seen.has(name)),
    stop: () => {
      unsubscribe('careplane.fhir.route', note);
    },
  };
}
