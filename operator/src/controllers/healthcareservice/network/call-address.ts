import type { HealthcareServiceSpec } from '../../../api/healthcareservice.ts';
import type { EnvVar } from '../../../k8s/types.ts';

/** One end of a `calls` edge: the called service, or the caller, and the port that is called. */
export interface CallEnd {
  service: string;
  /** Name of the port at the called service. */
  portName: string;
  port: number;
}

/** A called port with what is spoken there. */
export interface CallAddress extends CallEnd {
  scheme: Scheme;
}

/** `https` and `http` of the http port, `tls` and `tcp` of the others. */
export type Scheme = 'https' | 'http' | 'tls' | 'tcp';

/** Address of a called port: `https://identity.clinic.svc:8080`, `tls://mail-sink.clinic.svc:1025`. */
export function callUrl({ service, scheme, port }: CallAddress, namespace = ''): string {
  return `${scheme}://${service}.${namespace}.svc:${port}`;
}

/** Names of the ports that a service listens on. */
export function portNames({ http, ports = [] }: Pick<HealthcareServiceSpec, 'http' | 'ports'>): string[] {
  return [...(http === undefined ? [] : ['http']), ...ports.map(({ name }) => name)];
}

/** Whether a port speaks TLS: `http`, or the name of one of `spec.ports`. */
export function isEncrypted({ http, ports = [] }: HealthcareServiceSpec, portName: string): boolean {
  const port = portName === 'http' ? http : ports.find(({ name }) => name === portName);
  return port?.tls?.mode !== 'Plaintext';
}

/** What is spoken at a port. */
export function schemeOf(portName: string, encrypted: boolean): Scheme {
  if (portName === 'http') return encrypted ? 'https' : 'http';
  return encrypted ? 'tls' : 'tcp';
}

/** Name of the environment variable that has the address: `CALLS_MAIL_SINK_SMTP_URL`. */
export function callVariable({ service, portName }: Pick<CallAddress, 'service' | 'portName'>): string {
  const port = portName === 'http' ? '' : `_${portName}`;
  return `CALLS_${service}${port}_URL`.replaceAll('-', '_').toUpperCase();
}

/** The address that a container was given; `undefined` where it was given none. */
export function addressTold(
  env: readonly EnvVar[],
  call: Pick<CallAddress, 'service' | 'portName'>,
): CallAddress | undefined {
  const url = env.find(({ name }) => name === callVariable(call))?.value ?? '';
  const [, scheme, port] = /^(https?|tls|tcp):.*:(\d+)$/.exec(url) ?? [];
  return scheme === undefined ? undefined : { ...call, scheme: scheme as Scheme, port: Number(port) };
}
