/** A refusal of the server, or one that could not be reached. The message is for people; it quotes neither token nor key. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  /** Of HTTP; 0: no answer came. */
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }

  /** Whether the same request may succeed a moment later. */
  get isPassing(): boolean {
    return PASSING.has(this.status);
  }
}

/** 460: bytes broke on the way (tus 1.0, Checksum). */
const PASSING: ReadonlySet<number> = new Set([0, 408, 429, 460, 502, 503, 504]);

/** What a refusal says: a problem (RFC 9457), or FHIR's OperationOutcome. */
export async function errorOf(response: Response): Promise<ServerError> {
  const { status } = response;
  const body = /json/.test(response.headers.get('content-type') ?? '')
    ? ((await response.json()) as Refusal)
    : await nothingOf(response);
  return new ServerError(status, saidIn(body) ?? `the server answered ${String(status)}`);
}

function saidIn({ title, detail, issue: [first] = [] }: Refusal): string | undefined {
  return detail ?? first?.diagnostics ?? first?.details?.text ?? title;
}

interface Refusal {
  readonly title?: string;
  readonly detail?: string;
  readonly issue?: readonly {
    readonly diagnostics?: string;
    readonly details?: { readonly text?: string };
  }[];
}

async function nothingOf(response: Response): Promise<Refusal> {
  await response.body?.cancel();
  return {};
}
