import {
  DocumentError,
  DocumentServer,
  joinFile,
  open,
  publicKeyOf,
  seal,
  ServerError,
} from '@careplane/documents';
import type { ListedKey, Recipient } from '@careplane/documents';
import { findGateway, type EntranceOptions } from '../clinic/entrance.ts';
import { Gateway } from '../clinic/gateway.ts';
import { tokenFrom, type TokenOptions } from '../clinic/token.ts';
import { openInput, openOutput, type WriteOptions } from '../documents/files.ts';
import { recipientsOf, type DirectoryOptions } from '../documents/known-keys.ts';
import {
  readIdentities,
  readRecipients,
  readSecretKeys,
  type IdentityOptions,
  type RecipientOptions,
} from '../documents/keys.ts';
import { progress } from '../documents/progress.ts';
import { Failure } from '../failure.ts';
import type { ClusterOptions } from '../kubeconfig.ts';
import { indented } from '../output/json.ts';
import { table } from '../output/table.ts';
import { INTERRUPTED } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';

/** The flags of every command that asks a clinic as its user. */
export type UserOptions = ClusterOptions & EntranceOptions & TokenOptions;

export interface UploadOptions extends UserOptions, RecipientOptions, DirectoryOptions {
  patient: string;
  description?: string;
  asIs: boolean;
}

export interface DownloadOptions extends UserOptions, IdentityOptions, WriteOptions {
  asIs: boolean;
}

export interface ShareDocumentOptions
  extends UserOptions, RecipientOptions, IdentityOptions, DirectoryOptions {
  document: string;
}

export interface KeysListOptions extends UserOptions {
  output: 'text' | 'json';
}

/** `careplane documents upload`. */
export async function uploadDocument(
  path: string,
  options: UploadOptions,
  terminal: Terminal,
): Promise<number> {
  return asUser(options, terminal, async (server) => {
    const recipients = options.asIs ? [] : await allRecipients(options, server);
    const { stream, size } = await openInput(path, terminal);
    if (size === undefined)
      throw new Failure('how long the standard input is must be known before: name a file');
    const input = stream.pipeThrough(progress(terminal, size));
    const { patient, description } = options;
    const to = { patient, signal: terminal.signal };
    const id = options.asIs
      ? await server.uploadFile(input, { ...to, bytes: size })
      : await server.upload(await seal(input, recipients), { ...to, contentBytes: size });
    await server.attach(id, patient, description === undefined ? {} : { description });
    terminal.out(`${id}\n`);
  });
}

/** `careplane documents download`. */
export async function downloadDocument(
  id: string,
  options: DownloadOptions,
  terminal: Terminal,
): Promise<number> {
  const identities = options.asIs ? [] : await readIdentities(options);
  return asUser(options, terminal, async (server) => {
    const output = await openOutput({ ...options, isSecret: !options.asIs }, terminal);
    const { signal } = terminal;
    try {
      const { header, payload } = await server.download(id, { signal });
      const shown = payload.pipeThrough(progress(terminal, undefined));
      const content = options.asIs
        ? joinFile(header, shown)
        : await open({ header, payload: shown }, identities);
      await content.pipeTo(output, { signal });
    } catch (error) {
      if (!output.locked) await output.abort(error).catch(() => undefined); // it has failed itself
      throw error;
    }
  });
}

/** `careplane documents share --document`. */
export async function shareDocument(options: ShareDocumentOptions, terminal: Terminal): Promise<number> {
  const identities = await readIdentities({ ...(options.identity && { identity: options.identity }) });
  return asUser(options, terminal, async (server) => {
    await server.share(options.document, identities, await allRecipients(options, server));
    const kinds = await server.recipients(options.document);
    terminal.out(`shared: ${String(kinds.length)} recipients from now on\n`);
  });
}

/** `careplane documents keys publish`. */
export async function publishKeys(file: string, options: UserOptions, terminal: Terminal): Promise<number> {
  const secrets = await readSecretKeys(file);
  return asUser(options, terminal, async (server) => {
    for (const { text } of secrets) {
      const publicKey = await publicKeyOf(text);
      const kind = publicKey.startsWith('age1pq1') ? 'hybrid' : 'x25519';
      const { id, fingerprint } = await server.publishKey({ kind, publicKey });
      terminal.out(`${id}  ${fingerprint}\n`);
    }
  });
}

/** `careplane documents keys list`. */
export async function listKeys(
  owners: readonly string[],
  options: KeysListOptions,
  terminal: Terminal,
): Promise<number> {
  return asUser(options, terminal, async (server) => {
    const keys = await server.keysOf(owners);
    terminal.out(options.output === 'json' ? indented(keys) : renderKeys(keys));
  });
}

/** `careplane documents keys end`. */
export async function endKey(id: string, options: UserOptions, terminal: Terminal): Promise<number> {
  return asUser(options, terminal, async (server) => {
    const { until = '' } = await server.endKey(id);
    terminal.out(
      `ended ${id} at ${until}: what was encrypted to it before still opens with its secret key\n`,
    );
  });
}

async function allRecipients(
  options: RecipientOptions & DirectoryOptions,
  server: DocumentServer,
): Promise<readonly Recipient[]> {
  const named = await recipientsOf(options, server);
  const hasOwn = options.recipient !== undefined || options.recipientsFile !== undefined;
  if (named.length > 0 && !hasOwn) return named;
  return [...(await readRecipients(options)), ...named];
}

function renderKeys(keys: readonly ListedKey[]): string {
  return table(
    ['OWNER', 'KIND', 'FINGERPRINT', 'FROM', 'UNTIL', 'ID'],
    keys.map(({ owner, kind, fingerprint, from, until = '', id }) => [
      owner,
      kind,
      fingerprint,
      from,
      until,
      id,
    ]),
  );
}

/** Talks to the clinic as its user; what it or the library refuses is said in words. */
async function asUser(
  options: UserOptions,
  terminal: Terminal,
  act: (server: DocumentServer) => Promise<void>,
): Promise<number> {
  const token = tokenFrom(options, terminal.env, 'of yours');
  await token(); // what is missing is said before anything is read
  const gateway = new Gateway(await findGateway(options, terminal));
  try {
    await act(new DocumentServer({ base: gateway.url, token, fetch: gateway.fetch }));
    return 0;
  } catch (error) {
    if (terminal.signal.aborted) return INTERRUPTED;
    if (error instanceof ServerError || error instanceof DocumentError)
      throw new Failure(error.message, { cause: error });
    throw error;
  } finally {
    await gateway.close();
  }
}
