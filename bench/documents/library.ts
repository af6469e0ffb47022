// Encrypts or decrypts in a process of its own: library.ts encrypt|decrypt BYTES. Prints seconds of CPU of the work alone, as JSON.
import {
  collect,
  decrypt,
  encrypt,
  generateKey,
  identity,
  publicKeyOf,
  recipient,
  streamOf,
  type ByteStream,
} from '@careplane/documents';

/** What files and requests give at a time. */
const PIECE_BYTES = 1_048_576;

const [, , direction, size = '0'] = process.argv;
const bytes = Number(size);

/** Content from memory: no disk is measured. */
function content(length: number): ByteStream {
  const piece = crypto.getRandomValues(new Uint8Array(65_536));
  const pieces = new Uint8Array(PIECE_BYTES).map((_, n) => piece[n % piece.length] ?? 0);
  let left = length;
  return new ReadableStream({
    pull(controller): void {
      if (left === 0) {
        controller.close();
        return;
      }
      const next = pieces.subarray(0, Math.min(left, PIECE_BYTES));
      left -= next.length;
      controller.enqueue(next);
    },
  });
}

async function drain(stream: ByteStream): Promise<number> {
  let count = 0;
  for await (const part of stream) count += part.length;
  return count;
}

const key = await generateKey();
const to = [recipient(await publicKeyOf(key))];
// Compiled before it is measured.
await drain(await encrypt(content(PIECE_BYTES), to));
const file = direction === 'decrypt' ? await collect(await encrypt(content(bytes), to)) : new Uint8Array();
const before = process.cpuUsage();
const work =
  direction === 'decrypt'
    ? await decrypt(streamOf(file), [identity(key)])
    : await encrypt(content(bytes), to);
const written = await drain(work);
if (written < bytes) throw new Error(`${String(written)} bytes came out of ${size}`);
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ seconds: (user + system) / 1e6 }));
