/** A path prefix and the service behind it. */
export interface Route {
  readonly service: string;
  /** Where the service is, without a trailing slash. */
  readonly url: string;
  /** The prefix, such as `/fhir/R4/Patient`. */
  readonly path: string;
}

/** One entry of the routes binding. */
export interface RouteEntry {
  readonly service: string;
  readonly url: string;
  readonly paths: readonly string[];
}

/** The entries as single routes, longest prefix first. */
export function buildRoutes(entries: readonly RouteEntry[]): Route[] {
  return entries
    .flatMap(({ service, url, paths }) =>
      paths.map((path) => ({ service, url: url.replace(/\/$/, ''), path: trim(path) })),
    )
    .filter(({ path }) => !isInternal(path))
    .sort((a, b) => b.path.length - a.path.length);
}

/** The route of a path: the longest prefix, on whole segments (`/fhir/R4/Slot` is no prefix of `/fhir/R4/Slotx`). */
export function findRoute(routes: readonly Route[], path: string): Route | undefined {
  if (isInternal(path)) return undefined;
  return routes.find((route) => path === route.path || path.startsWith(`${route.path}/`));
}

function isInternal(path: string): boolean {
  return /^\/internal(?:\/|$)/i.test(path); // services do not tell letters by their case
}

function trim(path: string): string {
  return path.length > 1 ? path.replace(/\/$/, '') : path;
}
