import { appendFile, readFile } from 'node:fs/promises';
import { encryptionKeys, recipient } from '@careplane/documents';
import type { DocumentServer, ListedKey, Recipient } from '@careplane/documents';
import { Failure } from '../failure.ts';
import { cannot } from './files.ts';

/** Whose keys are taken from the directory of the clinic, and which are known already. */
export interface DirectoryOptions {
  /** `Patient/<id>`, `Practitioner/<id>`. */
  for?: string[];
  /** A file with `<owner> <fingerprint>` in each line. */
  knownKeys?: string;
}

/**
 * The recipients that these people have published. The first keys of somebody are believed, as a first log-in is; their fingerprints are kept in
 * the file of known keys. A key that comes later is refused until a person has added it there: it is a new device, or somebody else.
 * @throws Failure, with the fingerprints that must be compared
 */
export async function recipientsOf(
  { for: owners = [], knownKeys }: DirectoryOptions,
  server: Pick<DocumentServer, 'keysOf'>,
): Promise<readonly Recipient[]> {
  if (owners.length === 0) return [];
  const published = await server.keysOf(owners);
  const without = owners.find((owner) => !published.some((key) => key.owner === owner));
  if (without !== undefined)
    throw new Failure(`${without} has published no key: ask them to, with careplane documents keys publish`);
  const keys = usable(published);
  if (knownKeys !== undefined) await remember(keys, knownKeys);
  return keys.map(({ publicKey }) => recipient(publicKey));
}

function usable(published: readonly ListedKey[]): readonly ListedKey[] {
  try {
    return encryptionKeys(published, new Date()) as ListedKey[];
  } catch (error) {
    if (error instanceof RangeError) throw new Failure(error.message, { cause: error });
    throw error;
  }
}

async function remember(keys: readonly ListedKey[], path: string): Promise<void> {
  const known = await readKnown(path);
  const isMet = (owner: string): boolean => known.some((line) => line.startsWith(`${owner} `));
  const fresh = keys.map(lineOf).filter((line) => !known.includes(line));
  const changed = keys.filter((key) => isMet(key.owner) && !known.includes(lineOf(key)));
  if (changed.length > 0)
    throw new Failure(
      `${path} does not know these keys: compare them with their owners, then add the lines:\n${changed.map(lineOf).join('\n')}`,
    );
  if (fresh.length > 0)
    await appendFile(path, `${fresh.join('\n')}\n`, { mode: 0o600 }).catch(cannot('write', path));
}

async function readKnown(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) =>
    (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? ''
      : cannot('read', path)(error as NodeJS.ErrnoException),
  );
  return text.split('\n').map((line) => line.trim());
}

function lineOf({ owner, fingerprint }: ListedKey): string {
  return `${owner} ${fingerprint}`;
}
