/** A path prefix and the service behind it. */
export interface Route {
  readonly service: string;
  /** Where the service is, without a trailing slash. */
  readonly url: string;
  /** The prefix, such as `/v1/patients`. */
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

/** The route of a path: the longest prefix, on whole segments (`/v1/slots` is no prefix of `/v1/slotsx`). */
export function findRoute(routes: readonly Route[], path: string): Route | undefined {
  if (isInternal(path)) return undefined;
  return routes.find((route) => path === route.path || path.startsWith(`${route.path}/`));
}

/**
 * Whether a path may mean something else to a backend than it means here: dot segments, also encoded, empty segments,
 * encoded slashes, backslashes.
 */
export function isAmbiguous(path: string): boolean {
  return /\/\/|\\|%2f|%5c|\/(?:\.|%2e){1,2}(?:\/|$)/i.test(path);
}

function isInternal(path: string): boolean {
  return path === '/internal' || path.startsWith('/internal/');
}

function trim(path: string): string {
  return path.length > 1 ? path.replace(/\/$/, '') : path;
}
