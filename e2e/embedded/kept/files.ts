import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { processesOfPod, type Resource } from '../../src/cluster.ts';
import type { Place } from './place.ts';

const CHUNK_BYTES = 1 << 20;
/** Where engines keep their data (docs/concepts/contracts.md). */
const DATA = 'var/lib/careplane/data';

/** The contents of all files below a folder. */
export function folder(name: string, root: string): Place {
  return {
    name,
    async *read() {
      for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) yield* contentOf(path.join(entry.parentPath, entry.name));
      }
    },
  };
}

/** The volume of a pod, as its youngest process sees it: the oldest is the sandbox's, which has no volume. */
export async function volume({ metadata: { name, uid } }: Resource): Promise<Place> {
  const pid = (await processesOfPod(uid)).at(-1);
  if (pid === undefined) throw new Error(`the pod ${name} has no process`);
  return folder(`volume of ${name}`, path.join('/proc', String(pid), 'root', DATA));
}

/** Engines rename and delete files while they are read: what is gone is nowhere. */
async function* contentOf(file: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
