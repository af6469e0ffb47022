import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Command, Measured } from './process.ts';

/** MiB. */
export interface Heap {
  used: number;
  /** Buffers outside of the heap. */
  external: number;
  rss: number;
}

const PROBE = fileURLToPath(new URL('heapProbe.mjs', import.meta.url));
const MIB = 2 ** 20;

/** The same program, preloaded with the heap probe ({@link heapOf}). */
export function withHeapProbe({ program, args, env = {} }: Command): Command {
  return { program, args: ['--expose-gc', '--import', PROBE, ...args], env };
}

/** The operator's heap after a collection. It must run {@link withHeapProbe} and with a channel. */
export async function heapOf({ child }: Measured): Promise<Heap> {
  child.send('heap');
  const [answer] = (await once(child, 'message', { signal: AbortSignal.timeout(30_000) })) as [
    { heapUsed: number; external: number; rss: number },
  ];
  return { used: answer.heapUsed / MIB, external: answer.external / MIB, rss: answer.rss / MIB };
}
