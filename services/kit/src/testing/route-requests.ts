import { until } from '@careplane/testing';
import { fhirRoutes, TIMEOUT_HEADER } from '../index.ts';
import type { FhirRoute, ResourceDefinition } from '../index.ts';
import { servesConditionalCreate } from '../fhir/served.ts';

/** What the requests of a type are about. */
export interface RouteSubject {
  /** Of a resource that is there, in its first version. */
  readonly id: string;
  /** A query that finds it; default by its id. */
  readonly query?: string;
  /** What an update puts in its place. */
  readonly update?: object;
  /** What a create sends; asked for each, since some can be made only once. */
  readonly create?: () => object;
  /** The queries of operations by GET, by their name. */
  readonly queries?: Readonly<Record<string, string>>;
  /** The parameters that operations get, by their name. */
  readonly operations?: Readonly<Record<string, readonly object[]>>;
}

/** A request that succeeds while everything is well. */
export interface RouteRequest {
  readonly route: FhirRoute;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const JSON_BODY = { 'content-type': 'application/fhir+json' };
const FORM_BODY = { 'content-type': 'application/x-www-form-urlencoded' };
/** What is looked at comes before what is changed, and that before what is done to it. */
const ORDER = ['search', 'read', 'vread', 'history', 'create', 'update'];

/**
 * A request of every route of these definitions, and of a conditional create beside each create, in an order in which all succeed.
 * @throws for a type or an operation that the subjects say nothing of: a new route needs a line there
 */
export function routeRequests(
  definitions: readonly ResourceDefinition[],
  subjects: Readonly<Record<string, RouteSubject>>,
): RouteRequest[] {
  const rank = ({ action }: FhirRoute): number =>
    ORDER.includes(action) ? ORDER.indexOf(action) : ORDER.length;
  const conditional = new Set(definitions.filter(servesConditionalCreate).map(({ type }) => type));
  return fhirRoutes(definitions)
    .sort((one, other) => rank(one) - rank(other))
    .flatMap((route) => {
      const subject = subjects[route.type];
      if (!subject) throw new Error(`nothing is said of ${route.type}`);
      const request = requestOf(route, subject);
      if (route.action !== 'create' || !conditional.has(route.type)) return [request];
      const headers = { ...request.headers, 'if-none-exist': '_id=nobody' };
      return [request, { ...requestOf(route, subject), headers }];
    });
}

function requestOf(route: FhirRoute, subject: RouteSubject): RouteRequest {
  const { method, action } = route;
  const { id, query = `_id=${id}`, queries = {} } = subject;
  const path = route.path.replace(':id', id).replace(':versionId', '1');
  const asked = action === 'search' ? query : queries[action];
  if (asked !== undefined && method === 'GET') return { route, path: `${path}?${asked}`, headers: {} };
  if (asked !== undefined) return { route, path, headers: FORM_BODY, body: asked };
  if (method === 'GET' || method === 'DELETE') return { route, path, headers: {} };
  const headers = method === 'PUT' ? { ...JSON_BODY, 'if-match': 'W/"1"' } : JSON_BODY;
  return { route, path, headers, body: JSON.stringify(bodyOf(route, subject)) };
}

function bodyOf({ type, action }: FhirRoute, { id, create, update, operations = {} }: RouteSubject): object {
  if (action === 'create' && create) return { resourceType: type, ...create() };
  if (action === 'update' && update) return { resourceType: type, ...update, id };
  const parameter = operations[action];
  if (!parameter) throw new Error(`nothing is said of ${action} of ${type}`);
  return { resourceType: 'Parameters', parameter };
}

/** What an answer is to a client that may come again. */
export interface RouteAnswer {
  readonly request: string;
  readonly status: number;
  readonly retryAfter: string | null;
  readonly resourceType: unknown;
}

/** Sends a request to a service. */
export async function sendRouteRequest(
  url: string,
  token: string,
  { route, path, headers, body }: RouteRequest,
): Promise<RouteAnswer> {
  const response = await fetch(`${url}${path}`, {
    method: route.method,
    headers: { ...headers, authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const { resourceType } = (text === '' ? {} : JSON.parse(text)) as { readonly resourceType?: unknown };
  return {
    request: nameOf({ route, headers }),
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    resourceType,
  };
}

/** `POST /fhir/R4/Patient (conditional)`. */
export function nameOf({ route, headers }: Pick<RouteRequest, 'route' | 'headers'>): string {
  const name = `${route.method} ${route.path}`;
  return headers['if-none-exist'] === undefined ? name : `${name} (conditional)`;
}

/** The answer to each of the requests while what the service needs is away. */
export function unavailable(requests: readonly RouteRequest[]): RouteAnswer[] {
  return requests.map((request) => ({
    request: nameOf(request),
    status: 503,
    retryAfter: '1',
    resourceType: 'OperationOutcome',
  }));
}

/** A service below which the database can be killed, or frozen. */
export interface Outage {
  readonly requests: readonly RouteRequest[];
  readonly send: (request: RouteRequest) => Promise<RouteAnswer>;
  readonly database: {
    kill(): Promise<void>;
    restart(): Promise<void>;
    signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  };
}

interface Answers {
  readonly away: readonly RouteAnswer[];
  readonly back: readonly RouteAnswer[];
}

/** What every request is answered at once while the database is away, and one after the other when it is back. */
export async function throughOutage({ requests, send, database }: Outage): Promise<Answers> {
  await database.kill();
  const away = await Promise.all(requests.map(send));
  await database.restart();
  return { away, back: await sendAll(requests, send) };
}

/**
 * The same while the database is stopped: no connection breaks, and nothing is answered. Callers wait for `timeoutMs`, as the gateway
 * says it to services. Afterwards only what reads is sent again: what was refused must not have been done. @returns also the longest time
 * that one of them waited, in milliseconds
 */
export async function throughFreeze(
  { requests, send, database }: Outage,
  timeoutMs: number,
): Promise<Answers & { readonly longestMs: number }> {
  let longestMs = 0;
  const patiently = async (request: RouteRequest): Promise<RouteAnswer> => {
    const begun = performance.now();
    const answer = await send({
      ...request,
      headers: { ...request.headers, [TIMEOUT_HEADER]: String(timeoutMs) },
    });
    longestMs = Math.max(longestMs, performance.now() - begun);
    return answer;
  };
  await database.signal('SIGSTOP');
  const away = await Promise.all(requests.map(patiently)).finally(() => database.signal('SIGCONT'));
  const reads = requests.filter(({ route }) => route.method === 'GET');
  return { away, back: await sendAll(reads, send), longestMs };
}

/** One after the other, once the first is answered. */
async function sendAll(
  requests: readonly RouteRequest[],
  send: Outage['send'],
): Promise<readonly RouteAnswer[]> {
  const [first] = requests;
  if (!first) throw new Error('there is no route');
  await until(async () => (await send(first)).status === 200, { what: 'the database to be found' });
  const back: RouteAnswer[] = [];
  for (const request of requests) back.push(await send(request));
  return back;
}
