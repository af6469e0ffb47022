import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RESULTS } from '../lib/cache.ts';
import { untilInterrupted } from '../lib/interrupt.ts';
import { describeMachine } from '../lib/machine.ts';
import { measureContents } from './contents.ts';
import { measureEncryption } from './encryption.ts';
import { isFastEnough, recordsReport, type RecordsFigures } from './report.ts';

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '256' },
    rounds: { type: 'string', default: '5' },
    out: { type: 'string', default: RESULTS },
  },
});

/** As large as a document may be. */
const CONTENT_BYTES = 100e6;

async function main(signal: AbortSignal): Promise<void> {
  const machine = await describeMachine();
  const work = { bytes: Number(values.megabytes) * 1e6, rounds: Number(values.rounds) };
  const encryption = await measureEncryption(work, signal);
  const contents = await measureContents({ ...work, bytes: CONTENT_BYTES }, signal);
  const figures: RecordsFigures = { machine, encryption, contents };
  await mkdir(values.out, { recursive: true });
  await writeFile(join(values.out, 'records.json'), `${JSON.stringify(figures, null, 2)}\n`);
  await writeFile(join(values.out, 'records.md'), recordsReport(figures));
  console.log(recordsReport(figures));
  process.exitCode = isFastEnough(figures.encryption) ? 0 : 1;
}

await untilInterrupted(main);
