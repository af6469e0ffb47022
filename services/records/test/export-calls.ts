import type { Answer, Body, Caller, RecordsLab } from './records-lab.ts';

/** What an export is when its files are counted out (hl7.org/fhir/uv/bulkdata/STU2/export.html). */
export interface Manifest {
  readonly transactionTime: string;
  readonly request: string;
  readonly requiresAccessToken: boolean;
  readonly output: readonly { readonly type: string; readonly url: string }[];
}

const BASE = '/fhir/R4/';
const ASYNC = { prefer: 'respond-async' } as const;

/** The calls of a client that exports. */
export interface ExportCalls {
  kickOff(caller: Caller, request?: string): Promise<Answer>;
  /** Where an export is asked after, as it was told: `GET` it with `ask`. */
  placeOf(kickedOff: Answer): string;
  /** Asks until the export is done. */
  manifest(caller: Caller, place: string): Promise<Manifest>;
  /** A file, with its status; lines are resources. */
  file(
    caller: Caller,
    url: string,
  ): Promise<{
    readonly status: number;
    readonly resources: readonly Body[];
    readonly coding: string | null;
  }>;
  /** All resources of an export from its kick-off on. */
  all(caller: Caller, request?: string): Promise<Body[]>;
}

export function exportCalls(lab: Pick<RecordsLab, 'ask' | 'url'>): ExportCalls {
  const calls: ExportCalls = {
    kickOff: (caller, request = '$export') => lab.ask(`GET ${request}`, caller, { headers: ASYNC }),
    placeOf: ({ headers }) => pathOf(headers.get('content-location') ?? ''),
    async manifest(caller, place): Promise<Manifest> {
      for (;;) {
        const answer = await lab.ask(`GET ${place}`, caller);
        if (answer.status === 200) return answer.body as unknown as Manifest;
        if (answer.status !== 202) throw new Error(`the export is ${String(answer.status)}`);
      }
    },
    async file(caller, url): ReturnType<ExportCalls['file']> {
      const headers = { authorization: `Bearer ${caller.token}`, 'accept-encoding': 'gzip' };
      const response = await fetch(`${lab.url()}${BASE}${pathOf(url)}`, { headers });
      const { status } = response;
      const lines = (await response.text()).split('\n').slice(0, -1);
      const resources = status === 200 ? lines.map((line) => JSON.parse(line) as Body) : [];
      return { status, resources, coding: response.headers.get('content-encoding') };
    },
    async all(caller, request): Promise<Body[]> {
      const place = calls.placeOf(await calls.kickOff(caller, request));
      const { output } = await calls.manifest(caller, place);
      const files: Body[][] = [];
      for (const { url } of output) files.push([...(await calls.file(caller, url)).resources]);
      return files.flat();
    },
  };
  return calls;
}

function pathOf(url: string): string {
  return url.slice(url.indexOf(BASE) + BASE.length);
}
