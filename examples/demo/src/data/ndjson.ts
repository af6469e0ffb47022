import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Neither `<name>.ndjson.gz` nor `<name>.ndjson` is in the folder. */
export class DataMissing extends Error {
  override readonly name = 'DataMissing';
}

function open(folder: string, name: string): Readable {
  const zipped = join(folder, `${name}.ndjson.gz`);
  if (existsSync(zipped)) return createReadStream(zipped).pipe(createGunzip());
  const plain = join(folder, `${name}.ndjson`);
  if (existsSync(plain)) return createReadStream(plain);
  throw new DataMissing(`no ${name}.ndjson(.gz) in ${folder}`);
}

/**
 * Reads one resource a line.
 *
 * @throws DataMissing
 */
export async function* readResources(folder: string, name: string): AsyncGenerator {
  for await (const line of createInterface({ input: open(folder, name), crlfDelay: Infinity })) {
    if (line.trim() !== '') yield JSON.parse(line);
  }
}
