import { z } from 'zod';
import { inBatches } from '../../resilience/in-batches.ts';
import { Tampered } from '../cipher.ts';
import { framed } from '../framing.ts';
import { UnknownKeyVersion } from '../key-provider.ts';
import type { KeyContext, KeyProvider, WrappedKey } from '../key-provider.ts';
import { TransitClient, TransitRefused } from './transit-client.ts';
import type { TransitAnswer, TransitClientOptions } from './transit-client.ts';

export interface TransitOptions extends TransitClientOptions {
  /** The root key in the engine, of the type aes256-gcm96. It is not made here. */
  readonly keyName: string;
  /** The mount of the engine; `transit` when absent. */
  readonly mount?: string;
  /** How long the current version is taken for the current one, in milliseconds. Default 5,000. */
  readonly rereadMs?: number;
}

/** A provider that holds connections. */
export interface TransitKeyProvider extends KeyProvider {
  close(): Promise<void>;
}

/** Keys of one request. */
const MOST = 200;

/**
 * Root keys in the transit engine of OpenBao or Vault: they never leave it. A version is `transit:<key>:v<number>`. Keys that are asked for at
 * the same time go in one request.
 */
export function transitKeyProvider(options: TransitOptions): TransitKeyProvider {
  const { keyName, mount = 'transit', rereadMs = 5_000, now = Date.now } = options;
  const client = new TransitClient(options);
  const at = (verb: string): string => `${mount}/${verb}/${encodeURIComponent(keyName)}`;
  let known = { number: 0, readAt: -Infinity };
  const versionOf = (number: number): string => `transit:${keyName}:v${String(number)}`;
  const heardOf = (number: number): void => {
    if (number >= known.number) known = { number, readAt: now() };
  };
  const encrypt = inBatches<Item, WrappedKey>(
    async (items) =>
      (await batch(client, at('encrypt'), items)).map((result) => {
        if (result.ciphertext === undefined) return errorOf(result.error, versionOf(known.number));
        const { number, bytes } = parseCiphertext(result.ciphertext);
        heardOf(number);
        return { version: versionOf(number), bytes };
      }),
    { most: MOST },
  );
  const decrypt = inBatches<Unwrapping, Buffer>(
    async (asked) => {
      const items = asked.map(({ item }) => item);
      const results = await batch(client, at('decrypt'), items);
      return asked.map(({ version }, index) => keyOf(results[index], version));
    },
    { most: MOST },
  );
  return {
    async currentVersion() {
      if (now() - known.readAt >= rereadMs) heardOf(await latestVersion(client, at('keys')));
      return versionOf(known.number);
    },
    wrap: (key, context) =>
      encrypt({ plaintext: Buffer.from(key).toString('base64'), associated_data: associated(context) }),
    async unwrap({ version, bytes }, context) {
      const number = numberOf(version, keyName);
      if (number === undefined) throw new UnknownKeyVersion(version);
      const ciphertext = `vault:v${String(number)}:${Buffer.from(bytes).toString('base64')}`;
      return decrypt({ item: { ciphertext, associated_data: associated(context) }, version });
    },
    close: () => client.close(),
  };
}

/** One key of a request, as the API names its parts. */
interface Item {
  readonly plaintext?: string;
  readonly ciphertext?: string;
  readonly associated_data: string;
}

interface Unwrapping {
  readonly item: Item;
  readonly version: string;
}

const batchAnswer = z.object({
  data: z.object({
    batch_results: z.array(
      z.object({
        ciphertext: z.string().optional(),
        plaintext: z.string().optional(),
        error: z.string().optional(),
      }),
    ),
  }),
});
type Result = z.infer<typeof batchAnswer>['data']['batch_results'][number];

async function batch(client: TransitClient, path: string, items: readonly Item[]): Promise<Result[]> {
  const answer = await client.send('POST', path, { batch_input: items });
  // 400 is also the answer when one item of the batch fails
  const parsed = batchAnswer.safeParse(answer.body);
  if (!parsed.success) throw new TransitRefused(answer.status, path);
  const { batch_results: results } = parsed.data.data;
  if (results.length !== items.length) throw new TransitRefused(answer.status, path);
  return results;
}

const keyAnswer = z.object({ data: z.object({ latest_version: z.number().int().min(1) }) });

async function latestVersion(client: TransitClient, path: string): Promise<number> {
  const answer: TransitAnswer = await client.send('GET', path);
  const parsed = keyAnswer.safeParse(answer.body);
  if (!parsed.success) throw new TransitRefused(answer.status, path);
  return parsed.data.data.latest_version;
}

/** What the engine says of a ciphertext whose version it has not (any more). */
const NO_VERSION = /too old|too new|no version|invalid version/i;

function keyOf(result: Result | undefined, version: string): Buffer | Error {
  const { plaintext = '', error = '' } = result ?? {};
  return plaintext === '' || error !== '' ? errorOf(error, version) : Buffer.from(plaintext, 'base64');
}

function errorOf(error: string | undefined, version: string): Error {
  return error !== undefined && NO_VERSION.test(error) ? new UnknownKeyVersion(version) : new Tampered();
}

function parseCiphertext(text: string): { number: number; bytes: Buffer } {
  const [, number, base64] = /^vault:v(\d+):(.+)$/.exec(text) ?? [];
  if (number === undefined || base64 === undefined)
    throw new TypeError('the transit engine gives no ciphertext');
  return { number: Number(number), bytes: Buffer.from(base64, 'base64') };
}

function numberOf(version: string, keyName: string): number | undefined {
  const before = `transit:${keyName}:v`;
  const number = version.startsWith(before) ? version.slice(before.length) : '';
  return /^[1-9]\d{0,9}$/.test(number) ? Number(number) : undefined;
}

function associated({ tenant, subject, keyId, purpose }: KeyContext): string {
  return framed(['data key', tenant, subject, keyId, purpose]).toString('base64');
}
