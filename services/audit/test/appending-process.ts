/**
 * A replica that appends until it is killed, in a process of its own. Settings by the environment: URI, DATABASE, SIGNING_KEY. Writes an id
 * in each line once its entry is acknowledged, and `about` with ids before it appends them.
 */
import { randomUUID } from 'node:crypto';
import { parseSigningKey } from '@careplane/tlog';
import { startReplica } from './log-ground.ts';

const { URI: uri = '', DATABASE: database = '', SIGNING_KEY: key = '' } = process.env;
const signing = parseSigningKey(key);
const { log } = await startReplica({ uri, database, keys: { signing, verifiers: [signing.verifier] } });

async function appendForever(): Promise<never> {
  for (;;) {
    const ids = Array.from({ length: 1 + Math.floor(Math.random() * 40) }, () => randomUUID());
    process.stdout.write(`about ${ids.join(' ')}\n`);
    await log.append(ids.map((id) => ({ id, sealed: Buffer.from(`sealed ${id}`), index: {} })));
    process.stdout.write(`done ${ids.join(' ')}\n`);
  }
}

await Promise.all([appendForever(), appendForever(), appendForever()]);
