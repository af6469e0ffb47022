import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** One write that reached the API server, successful or not; a dry run is none. */
export interface AuditedWrite {
  verb: string;
  user: string;
  userAgent: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
  status: number;
  /** When the request came in, in milliseconds since the epoch. */
  at: number;
}

export interface WriteFilter {
  user?: string;
  /** The user agent begins with this. */
  userAgent?: string;
}

/** Records every write, and nothing else. */
export const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    verbs: [create, update, patch, delete, deletecollection]
  - level: None
`;

interface AuditEvent {
  stage: string;
  verb: string;
  requestURI: string;
  user: { username: string };
  userAgent?: string;
  objectRef?: { resource?: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
  requestReceivedTimestamp: string;
}

/** A write can be seen by others before its request has ended, and with that its line. */
const REQUEST_ENDS_MS = 200;

/** Every write in the API server's audit log, in order; those of whose effect somebody knows are all there. */
export async function readWrites(path: string, filter: WriteFilter = {}): Promise<AuditedWrite[]> {
  await delay(REQUEST_ENDS_MS);
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .slice(0, -1) // nothing, or what is just being written
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ stage, requestURI }) => stage === 'ResponseComplete' && !isDryRun(requestURI))
    .map(writeOf)
    .filter(
      ({ user, userAgent }) =>
        (filter.user === undefined || user === filter.user) &&
        (filter.userAgent === undefined || userAgent.startsWith(filter.userAgent)),
    );
}

function isDryRun(requestUri: string): boolean {
  return new URL(requestUri, 'https://server').searchParams.get('dryRun') === 'All';
}

function writeOf(event: AuditEvent): AuditedWrite {
  const { verb, user, userAgent, objectRef, responseStatus } = event;
  const { resource = '', subresource, namespace, name } = objectRef ?? {};
  return {
    verb,
    user: user.username,
    userAgent: userAgent ?? '',
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    status: responseStatus?.code ?? 0,
    at: Date.parse(event.requestReceivedTimestamp),
  };
}
