import { encodeSigningKey, encodeVerifierKey, generateSigningKey, Malformed } from '@careplane/tlog';
import { streamOf } from '@careplane/documents';
import { openOutput, type WriteOptions } from '../documents/files.ts';
import { Failure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

/** `careplane audit keygen`: the secret key goes to the output, the verifier key is said. */
export async function keygenOf(name: string, options: WriteOptions, terminal: Terminal): Promise<number> {
  const { secret, verifier } = keyOf(name);
  const output = await openOutput({ ...options, isSecret: true }, terminal);
  await streamOf(new TextEncoder().encode(`${secret}\n`)).pipeTo(output);
  terminal.err(`verifier key: ${verifier}\n`);
  return 0;
}

function keyOf(name: string): { readonly secret: string; readonly verifier: string } {
  try {
    const key = generateSigningKey(name, 'ed25519');
    return { secret: encodeSigningKey(key), verifier: encodeVerifierKey(key.verifier) };
  } catch (error) {
    if (error instanceof Malformed) throw new Failure(error.message);
    throw error;
  }
}
