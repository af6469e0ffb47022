import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Unavailable } from '@careplane/kit';
import type { Scanner, Verdict } from './scanner.ts';

export interface ClamdOptions {
  readonly host: string;
  readonly port: number;
  /** How long it may say and take nothing, in milliseconds. Default 30,000: it looks at a large content when all of it is there. */
  readonly idleMs?: number;
}

/** The command, ended by a zero byte; so is the answer. */
const COMMAND = Buffer.from('zINSTREAM\0');
const END = Buffer.alloc(4);
const LONGEST_ANSWER = 4_096;

/**
 * ClamAV's daemon over TCP (`INSTREAM`, clamd(8)): pieces with their length before them, then a length of zero, then its answer. What it does not
 * say to be clean is not: an answer that is not understood, its own limits and a connection that ends are all `Unavailable`.
 */
export function clamdScanner(options: ClamdOptions): Scanner {
  return {
    async scan(content) {
      const socket = connect({ host: options.host, port: options.port });
      socket.setTimeout(options.idleMs ?? 30_000, () => socket.destroy(new Error('clamd says nothing')));
      try {
        const answer = answerOf(socket);
        await send(socket, content, answer);
        return verdictOf(await answer);
      } finally {
        socket.destroy();
      }
    },
  };
}

/** Sends all of it, at the pace of the scanner, unless that has answered before. */
async function send(
  socket: Socket,
  content: AsyncIterable<Uint8Array>,
  answer: Promise<string>,
): Promise<void> {
  const state = { isAnswered: false };
  const answered = answer.then(
    () => (state.isAnswered = true),
    () => (state.isAnswered = true),
  );
  const write = async (bytes: Uint8Array): Promise<void> => {
    if (!socket.write(bytes)) await Promise.race([once(socket, 'drain').catch(() => undefined), answered]);
  };
  await write(COMMAND);
  for await (const piece of content) {
    if (state.isAnswered) return;
    if (piece.length === 0) continue; // a length of zero is the end
    const length = Buffer.alloc(4);
    length.writeUInt32BE(piece.length);
    await write(length);
    await write(piece);
  }
  await write(END);
}

async function answerOf(socket: Socket): Promise<string> {
  let answer = '';
  try {
    for await (const bytes of socket) {
      answer += (bytes as Buffer).toString('utf8');
      if (answer.includes('\0') || answer.length > LONGEST_ANSWER) break;
    }
  } catch (error) {
    throw new Unavailable(5, { detail: 'The malware scanner is away', cause: error });
  }
  return answer;
}

/** @throws Unavailable for all that is neither clean nor found */
function verdictOf(answer: string): Verdict {
  const text = answer.replace(/\0.*$/s, '').trim();
  if (text === 'stream: OK') return { isClean: true };
  const found = /^stream: (.{1,200}) FOUND$/.exec(text)?.[1];
  if (found !== undefined) return { isClean: false, found };
  throw new Unavailable(5, { detail: 'The malware scanner cannot tell' });
}
