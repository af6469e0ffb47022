import { readFile } from 'node:fs/promises';
import { Malformed, parseVerifierKey } from '@careplane/tlog';
import type { VerifierKey } from '@careplane/tlog';
import { openExport } from '../audit/open-export.ts';
import { progressOn } from '../output/progress.ts';
import { Tampered } from '../audit/tampered.ts';
import { verifyExport } from '../audit/verify-export.ts';
import type { Trust, Verified } from '../audit/verify-export.ts';
import { Failure } from '../failure.ts';
import { indented } from '../output/json.ts';
import type { Terminal } from '../terminal.ts';

export interface AuditVerifyOptions {
  key: string[];
  witnessKey?: string[];
  since?: string[];
  records: boolean;
  output: 'text' | 'json';
}

/** What the command ends with when the export is not what the log has signed. */
const TAMPERED = 2;

/** `careplane audit verify`. Gives 2 when the export is not what the log has signed. */
export async function verify(path: string, options: AuditVerifyOptions, terminal: Terminal): Promise<number> {
  const trust = await trustOf(options);
  const source = await openExport(path);
  const progress = progressOn(terminal, 'entries verified');
  try {
    const verified = await verifyExport(source, trust, progress.show);
    progress.clear();
    terminal.out(options.output === 'json' ? indented(resultOf(verified)) : render(verified, trust));
    return 0;
  } catch (error) {
    progress.clear();
    if (!(error instanceof Tampered)) throw error;
    if (options.output === 'json')
      terminal.out(indented({ verified: false, problem: error.message, ...error.entry }));
    else terminal.err(`careplane: NOT VERIFIED: ${error.message}\n`);
    return TAMPERED;
  } finally {
    await source.close();
  }
}

async function trustOf({ key, witnessKey = [], since = [], records }: AuditVerifyOptions): Promise<Trust> {
  return {
    keys: await Promise.all(key.map((one) => readKey(one, 'ed25519'))),
    witnesses: await Promise.all(witnessKey.map((one) => readKey(one, 'cosignature/v1'))),
    since: await Promise.all(since.map((file) => readFile(file, 'utf8').catch(unreadable(file)))),
    withRecords: records,
  };
}

/** A key as it is written, or the name of a file with it. */
async function readKey(given: string, algorithm: VerifierKey['algorithm']): Promise<VerifierKey> {
  const text = /\+[0-9a-f]{8}\+/.test(given) ? given : await readFile(given, 'utf8').catch(unreadable(given));
  const key = parsedKey(text.trim(), given);
  if (key.algorithm !== algorithm)
    throw new Failure(
      `${given} is a key for ${key.algorithm}: --key takes the log's, --witness-key a witness's`,
    );
  return key;
}

function parsedKey(text: string, given: string): VerifierKey {
  try {
    return parseVerifierKey(text);
  } catch (error) {
    if (error instanceof Malformed) throw new Failure(`${given}: ${error.message}`);
    throw error;
  }
}

function unreadable(path: string): () => never {
  return () => {
    throw new Failure(`${path} cannot be read`);
  };
}

function resultOf({ checkpoint, signer, cosignatures, since }: Verified): object {
  const { origin, size, root } = checkpoint;
  return {
    verified: true,
    origin,
    size,
    root: Buffer.from(root).toString('base64'),
    signer,
    cosignatures,
    since,
  };
}

function render({ checkpoint, signer, cosignatures, since }: Verified, { withRecords }: Trust): string {
  const rows = [
    ['log', checkpoint.origin],
    ['entries', `${checkpoint.size}, all verified ${withRecords ? 'with their records' : 'without records'}`],
    ['root', Buffer.from(checkpoint.root).toString('base64')],
    ['signed by', signer],
    ...cosignatures.map(({ witness, time }) => ['cosigned by', `${witness} at ${time.toISOString()}`]),
    ...since.map((size) => ['begins with', `the former checkpoint of ${size} entries`]),
  ];
  return rows.map(([name = '', value = '']) => `${name.padEnd(13)}${value}\n`).join('');
}
