import { readFile } from 'node:fs/promises';
import { Failure } from '../failure.ts';
import type { Terminal } from '../terminal.ts';

export interface TokenOptions {
  readonly tokenFile?: string;
}

/** How a user gives an access token (`whose`, for the error): in a file, which may be renewed meanwhile, or in `$CAREPLANE_TOKEN`. */
export function tokenFrom(
  { tokenFile }: TokenOptions,
  env: Terminal['env'],
  whose = 'of the role compliance',
): () => Promise<string> {
  return async () => {
    const text = tokenFile === undefined ? env['CAREPLANE_TOKEN'] : await readToken(tokenFile);
    const token = text?.trim() ?? '';
    if (/^[\w.~+/-]+=*$/.test(token)) return token;
    throw new Failure(
      `this needs an access token ${whose}: name a file with it by --token-file, or set $CAREPLANE_TOKEN`,
    );
  };
}

async function readToken(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new Failure(`${path} cannot be read: name a file with an access token`, { cause: error });
  }
}
