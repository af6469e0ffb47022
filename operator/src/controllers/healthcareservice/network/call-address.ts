import type { EnvVar } from '../../../k8s/types.ts';

/** One end of a `calls` edge: the called service, or the caller, and the port that is called. */
export interface CallAddress {
  service: string;
  /** Name of the port at the called service. */
  portName: string;
  port: number;
}

/** Address of a called port: `http://identity.clinic.svc:8080`, `tcp://mail-sink.clinic.svc:1025`. */
export function callUrl({ service, portName, port }: CallAddress, namespace = ''): string {
  return `${portName === 'http' ? 'http' : 'tcp'}://${service}.${namespace}.svc:${port}`;
}

/** Name of the environment variable that has the address: `CALLS_MAIL_SINK_SMTP_URL`. */
export function callVariable({ service, portName }: Pick<CallAddress, 'service' | 'portName'>): string {
  const port = portName === 'http' ? '' : `_${portName}`;
  return `CALLS_${service}${port}_URL`.replaceAll('-', '_').toUpperCase();
}

/** The port in the address that a container was given; `undefined` where it was given none. */
export function portTold(
  env: readonly EnvVar[],
  call: Pick<CallAddress, 'service' | 'portName'>,
): number | undefined {
  const url = env.find(({ name }) => name === callVariable(call))?.value ?? '';
  const port = Number(/:(\d+)$/.exec(url)?.[1]);
  return Number.isNaN(port) ? undefined : port;
}
