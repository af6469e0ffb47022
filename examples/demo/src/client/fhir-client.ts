import type { z } from 'zod';
import type { Session } from '../login/session.ts';
import type { Answer, Call, Connection } from './connection.ts';
import { operationOutcome, problem, searchset } from './resources.ts';

/** An answer of the gateway with which the demo cannot continue. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
  readonly status: number;

  constructor(call: Pick<Call, 'method' | 'path'>, answer: Answer) {
    const why = reasonOf(answer.body);
    const [path] = call.path.split('?');
    super(`${call.method} ${path ?? ''} is answered ${answer.status}${why === undefined ? '' : ` (${why})`}`);
    this.status = answer.status;
  }
}

/** What an OperationOutcome or a problem says. */
function reasonOf(body: unknown): string | undefined {
  const outcome = operationOutcome.safeParse(body).data;
  if (outcome === undefined) {
    const { title, detail } = problem.safeParse(body).data ?? {};
    return detail ?? title;
  }
  return outcome.issue
    .map(({ code, diagnostics, details, expression }) =>
      [details?.text ?? diagnostics ?? code, ...(expression ?? [])].join(' at '),
    )
    .join('; ');
}

/** The code of a refusal: of an OperationOutcome the detailed one, if it has one. */
export function refusalOf(body: unknown): string {
  const outcome = operationOutcome.safeParse(body).data;
  if (outcome === undefined) return problem.safeParse(body).data?.code ?? 'conflict';
  return outcome.issue.map(({ code, details }) => details?.coding?.[0]?.code ?? code).join(', ');
}

/** A page of resources; `next` is the path of the page that follows. */
export interface ResourcePage<T> {
  readonly resources: readonly T[];
  readonly total: number | undefined;
  readonly next: string | undefined;
}

const BASE = '/fhir/R4';

/** FHIR's interactions through the gateway, with the rights of a session. */
export class FhirClient {
  readonly #connection: Pick<Connection, 'send'>;

  constructor(connection: Pick<Connection, 'send'>) {
    this.#connection = connection;
  }

  /** Sends a call as somebody; the path is relative to the FHIR server, or starts with a slash. */
  async send(by: Session, call: Call): Promise<Answer> {
    const path = call.path.startsWith('/') ? call.path : `${BASE}/${call.path}`;
    const answer = await this.#connection.send({ ...call, path, token: await by.token() });
    return isUnshown(call, answer) ? { ...answer, body: await this.#created(by, answer) } : answer;
  }

  async #created(by: Session, { location = '' }: Answer): Promise<unknown> {
    const call = { method: 'GET', path: pathOf(location) } as const;
    const answer = await this.#connection.send({ ...call, token: await by.token() });
    if (answer.status !== 200) throw new UnexpectedAnswer(call, answer);
    return answer.body;
  }

  /** Reads one resource and its ETag. @throws UnexpectedAnswer */
  async read<S extends z.ZodType>(
    by: Session,
    reference: string,
    schema: S,
  ): Promise<{ resource: z.infer<S>; etag: string | undefined }> {
    const call: Call = { method: 'GET', path: reference };
    const answer = await this.send(by, call);
    return { resource: parsed(call, answer, { status: [200], schema }), etag: answer.etag };
  }

  /** A page of search results, by a query or by the path of a former page's `next`. @throws UnexpectedAnswer */
  async search<S extends z.ZodType>(
    by: Session,
    pathAndQuery: string,
    schema: S,
  ): Promise<ResourcePage<z.infer<S>>> {
    const call: Call = { method: 'GET', path: pathAndQuery };
    const { entry, link, total } = parsed(call, await this.send(by, call), {
      status: [200],
      schema: searchset,
    });
    const next = link.find(({ relation }) => relation === 'next')?.url;
    return {
      resources: entry.map(({ resource }) => schema.parse(resource)),
      total,
      next: next === undefined ? undefined : pathOf(next),
    };
  }
}

/**
 * A create is answered without the resource, and is done, when nobody could say at that moment whether its author may read it: who
 * needs it reads it.
 */
function isUnshown({ prefer }: Call, { status, location, body }: Answer): boolean {
  return status === 201 && body === undefined && location !== undefined && prefer === undefined;
}

/** Bundles link absolutely; the connection knows where the gateway is. */
function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}

/** The body of an answer with one of these statuses. @throws UnexpectedAnswer, z.ZodError */
export function parsed<S extends z.ZodType>(
  call: Pick<Call, 'method' | 'path'>,
  answer: Answer,
  { status, schema }: { status: readonly number[]; schema: S },
): z.infer<S> {
  if (!status.includes(answer.status)) throw new UnexpectedAnswer(call, answer);
  return schema.parse(answer.body);
}
