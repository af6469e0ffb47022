import { readFile } from 'node:fs/promises';
import {
  DocumentError,
  identity,
  passphraseIdentity,
  passphraseRecipient,
  recipient,
  type Identity,
  type Recipient,
} from '@careplane/documents';
import { Failure } from '../failure.ts';
import { cannot } from './files.ts';

/** For whom: keys on the command line, files with one in each line, or a passphrase. */
export interface RecipientOptions {
  recipient?: string[];
  recipientsFile?: string[];
  passphraseFile?: string;
}

/** By what: files with secret keys, or a passphrase. */
export interface IdentityOptions {
  identity?: string[];
  passphraseFile?: string;
}

/** @throws Failure that names file and line; a key is not quoted */
export async function readRecipients(options: RecipientOptions): Promise<Recipient[]> {
  const { recipient: given = [], recipientsFile = [], passphraseFile } = options;
  const lines = [
    ...given.map((text, n) => ({ text, where: `--recipient, number ${n + 1}` })),
    ...(await Promise.all(recipientsFile.map(readLines))).flat(),
  ];
  const unique = [...new Map(lines.map((line) => [line.text, line])).values()];
  const recipients = unique.map(({ text, where }) => inWords(where, () => recipient(text)));
  if (passphraseFile !== undefined)
    recipients.push(passphraseRecipient(await readPassphrase(passphraseFile)));
  if (recipients.length === 0)
    throw new Failure('to whom? Name public keys with -r or -R, or a passphrase with --passphrase-file');
  return recipients;
}

/** @throws Failure that names file and line; a key is not quoted */
export async function readIdentities(options: IdentityOptions): Promise<Identity[]> {
  const keys = (await Promise.all((options.identity ?? []).map(readSecretKeys))).flat();
  const identities = keys.map(({ text, where }) => inWords(where, () => identity(text)));
  if (options.passphraseFile !== undefined)
    identities.push(passphraseIdentity(await readPassphrase(options.passphraseFile)));
  if (identities.length === 0)
    throw new Failure(
      'by which key? Name a file with secret keys with -i, or a passphrase with --passphrase-file',
    );
  return identities;
}

interface Line {
  readonly text: string;
  readonly where: string;
}

/** The keys of a file of `careplane documents keygen` or `age-keygen`. */
export async function readSecretKeys(path: string): Promise<Line[]> {
  const lines = await readLines(path);
  if (lines.length === 0) throw new Failure(`${path} has no key`);
  return lines;
}

/** Without comments and empty lines. */
async function readLines(path: string): Promise<Line[]> {
  const content = await readFile(path, 'utf8').catch(cannot('read', path));
  return content
    .split('\n')
    .map((line, n) => ({ text: line.trim(), where: `${path}, line ${n + 1}` }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'));
}

async function readPassphrase(path: string): Promise<string> {
  const [passphrase = ''] = (await readFile(path, 'utf8').catch(cannot('read', path))).split(/\r?\n/);
  if (passphrase === '') throw new Failure(`${path}: the passphrase is its first line, which is empty`);
  return passphrase;
}

function inWords<T>(where: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof DocumentError) throw new Failure(`${where}: ${error.message}`, { cause: error });
    throw error;
  }
}
