import {
  decrypt,
  DocumentError,
  encodeArmor,
  encrypt,
  fingerprint,
  generateKey,
  isGrease,
  joinFile,
  kindOf,
  publicKeyOf,
  rewrap,
  splitFile,
  streamOf,
  withoutArmor,
  type KeyKind,
} from '@careplane/documents';
import { openInput, openOutput, type Input, type WriteOptions } from '../documents/files.ts';
import {
  readIdentities,
  readRecipients,
  readSecretKeys,
  type IdentityOptions,
  type RecipientOptions,
} from '../documents/keys.ts';
import { progress } from '../documents/progress.ts';
import { Failure } from '../failure.ts';
import { INTERRUPTED } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';

export interface KeygenOptions extends WriteOptions {
  kind: KeyKind;
  public?: string;
}

export type EncryptOptions = WriteOptions & RecipientOptions & { armor: boolean };
export type DecryptOptions = WriteOptions & IdentityOptions;
export type ShareOptions = WriteOptions &
  RecipientOptions &
  IdentityOptions & { headerOnly: boolean; armor: boolean };

/** `careplane documents keygen`. */
export async function keygen(options: KeygenOptions, terminal: Terminal): Promise<number> {
  if (options.public !== undefined) {
    for (const { text, where } of await readSecretKeys(options.public))
      terminal.out(`${await named(where, publicKeyOf(text))}\n`);
    return 0;
  }
  const secretKey = await generateKey(options.kind);
  const publicKey = await publicKeyOf(secretKey);
  const lines = [`# created: ${new Date().toISOString()}`, `# public key: ${publicKey}`, secretKey, ''];
  const output = await openOutput({ ...options, isSecret: true }, terminal);
  await streamOf(new TextEncoder().encode(lines.join('\n'))).pipeTo(output);
  terminal.err(`public key: ${publicKey}\nfingerprint: ${fingerprint(publicKey)}\n`);
  return 0;
}

/** `careplane documents encrypt`. */
export async function encryptFile(
  path: string | undefined,
  options: EncryptOptions,
  terminal: Terminal,
): Promise<number> {
  const recipients = await readRecipients(options);
  if (!options.armor) demandNoScreen(options, terminal);
  const input = await openInput(path, terminal);
  return write(input, { ...options, isSecret: false }, terminal, async (content) => {
    const file = await encrypt(content, recipients);
    return options.armor ? file.pipeThrough(encodeArmor()) : file;
  });
}

/** `careplane documents decrypt`. */
export async function decryptFile(
  path: string | undefined,
  options: DecryptOptions,
  terminal: Terminal,
): Promise<number> {
  const identities = await readIdentities(options);
  const input = await openInput(path, terminal);
  return write(input, { ...options, isSecret: true }, terminal, async (file) =>
    decrypt((await withoutArmor(file)).file, identities),
  );
}

/** `careplane documents share`. */
export async function shareFile(
  path: string | undefined,
  options: ShareOptions,
  terminal: Terminal,
): Promise<number> {
  const identities = await readIdentities({ ...(options.identity && { identity: options.identity }) });
  const recipients = await readRecipients(options);
  if (!options.armor) demandNoScreen(options, terminal);
  const input = await openInput(path, terminal);
  return write(input, { ...options, isSecret: false }, terminal, async (given) => {
    const { header, payload } = await splitFile((await withoutArmor(given)).file);
    const shared = await rewrap(header.bytes, identities, recipients);
    if (options.headerOnly) await payload.cancel();
    const file = options.headerOnly ? streamOf(shared) : joinFile(shared, payload);
    return options.armor ? file.pipeThrough(encodeArmor()) : file;
  });
}

/** `careplane documents inspect`. Needs no key. */
export async function inspectFile(path: string | undefined, terminal: Terminal): Promise<number> {
  const input = await openInput(path, terminal);
  const { header, payload, isText } = await named(input.name, inspected(input));
  await payload.cancel();
  const kinds = header.stanzas.filter((stanza) => !isGrease(stanza)).map(kindOf);
  const counts = Map.groupBy(kinds, (kind) => kind);
  terminal.out(
    [
      `age file, version 1${isText ? ', as text' : ''}`,
      ...[...counts].map(([kind, all]) => `recipients of kind ${kind}: ${all.length}`),
      `header: ${header.bytes.length} bytes`,
      ...(isText || input.size === undefined ? [] : [`payload: ${input.size - header.bytes.length} bytes`]),
      '',
    ].join('\n'),
  );
  return 0;
}

type Stream = ReadableStream<Uint8Array>;

async function inspected({
  stream,
}: Input): Promise<Awaited<ReturnType<typeof splitFile>> & { isText: boolean }> {
  const { file, isText } = await withoutArmor(stream);
  return { ...(await splitFile(file)), isText };
}

/** Writes what becomes of the input; nothing is left of what could not be finished. */
async function write(
  input: Input,
  options: WriteOptions & { isSecret: boolean },
  terminal: Terminal,
  convert: (stream: Stream) => Promise<Stream>,
): Promise<number> {
  const { signal } = terminal;
  const source = input.stream.pipeThrough(progress(terminal, input.size));
  try {
    const output = await openOutput(options, terminal);
    const converted = await convert(source).catch(async (error: unknown) => {
      await output.abort(error);
      throw error;
    });
    await converted.pipeTo(output, { signal });
    return 0;
  } catch (error) {
    if (!source.locked) await source.cancel(error);
    if (signal.aborted) return INTERRUPTED;
    throw inWords(input.name, error);
  }
}

function named<T>(name: string, attempt: Promise<T>): Promise<T> {
  return attempt.catch((error: unknown) => {
    throw inWords(name, error);
  });
}

function inWords(name: string, error: unknown): unknown {
  return error instanceof DocumentError ? new Failure(`${name}: ${error.message}`, { cause: error }) : error;
}

function demandNoScreen({ output }: WriteOptions, terminal: Terminal): void {
  if ((output === undefined || output === '-') && terminal.bytes.isOutputScreen)
    throw new Failure('bytes are nothing for a screen: name a file with -o, or write text with --armor');
}
