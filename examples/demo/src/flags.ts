import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** The command line flags of a run. */
export interface Flags {
  readonly url: string;
  /** File with the authority of the gateway's certificate, where no public one has signed it. */
  readonly ca: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly namespace: string;
  readonly data: string;
  readonly appointments: number;
  /** Whether the clinical records of the data set are imported, too. */
  readonly records: boolean;
  /** Only print the number of appointments in the clinic. */
  readonly count: boolean;
}

/** The command line is invalid; the message says why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const OPTIONS = {
  url: { type: 'string' },
  ca: { type: 'string' },
  kubeconfig: { type: 'string' },
  namespace: { type: 'string', default: 'clinic' },
  data: { type: 'string' },
  appointments: { type: 'string', default: '400' },
  records: { type: 'boolean', default: false },
  count: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** The address of the gateway in the embedded cluster (cluster/embedded). */
const DEFAULT_URL = 'https://10.200.0.2:30080';

export const USAGE = `Books the visits of a FHIR data set in a running clinic and checks every number.

  node examples/demo/src/main.ts [flags]

  --url URL            the gateway (default: $CAREPLANE_URL, $GATEWAY_URL, ${DEFAULT_URL})
  --ca FILE            authority of the gateway's certificate (default: $GATEWAY_CA, else the machine's)
  --kubeconfig FILE    how to reach the cluster (default: as kubectl finds it)
  --namespace NAME     the clinic's namespace (default: clinic)
  --data DIR           folder with Patient, Practitioner and Encounter as ndjson or ndjson.gz
                       (default: ../shared/data/synthea beside the repository, else examples/demo/data)
  --appointments N     how many appointments to book (default: 400)
  --records            also import all clinical records of the data set (minutes; may be run again)
  --count              only print how many appointments the clinic knows
  --help               this text
`;

/** The large data set beside the repository if it exists, else the small one in it. */
function defaultData(): string {
  const large = fileURLToPath(new URL('../../../../shared/data/synthea', import.meta.url));
  return existsSync(large) ? large : fileURLToPath(new URL('../data', import.meta.url));
}

function parse(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'] {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true }).values;
  } catch (error) {
    throw new UsageError(Error.isError(error) ? error.message : 'wrong flags');
  }
}

/**
 * Reads the command line and the environment; returns nothing when help is requested.
 *
 * @throws UsageError
 */
export function readFlags(args: readonly string[], env: NodeJS.ProcessEnv): Flags | undefined {
  const values = parse(args);
  if (values.help) return undefined;
  const appointments = Number(values.appointments);
  if (!Number.isInteger(appointments) || appointments < 1)
    throw new UsageError('--appointments needs a whole number');
  return {
    url: (values.url ?? env['CAREPLANE_URL'] ?? env['GATEWAY_URL'] ?? DEFAULT_URL).replace(/\/$/, ''),
    ca: values.ca ?? env['GATEWAY_CA'],
    kubeconfig: values.kubeconfig,
    namespace: values.namespace,
    data: values.data ?? defaultData(),
    appointments,
    records: values.records,
    count: values.count,
  };
}
