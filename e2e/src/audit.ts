import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { auditLogDirectory } from './cluster.ts';

/** The fields of an audit log line that the tests read. */
export interface AuditEntry {
  stage: string;
  verb: string;
  requestReceivedTimestamp: string;
  user: { username: string };
  objectRef?: { resource?: string; subresource?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
}

const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** The completed writes of a user since an instant, oldest first. */
export async function writesOf(username: string, since: Date): Promise<AuditEntry[]> {
  const files = (await readdir(auditLogDirectory)).filter((name) => name.endsWith('.log'));
  const texts = await Promise.all(
    files.map(async (name) => await readFile(path.join(auditLogDirectory, name), 'utf8')),
  );
  return texts
    .flatMap((text) => text.split('\n').slice(0, -1))
    .map((line) => JSON.parse(line) as AuditEntry)
    .filter((entry) => entry.stage === 'ResponseComplete' && WRITES.has(entry.verb))
    .filter((entry) => entry.user.username === username)
    .filter((entry) => new Date(entry.requestReceivedTimestamp) >= since);
}
