import { readBody, Router } from '@careplane/kit';
import type { Response } from '@careplane/kit';
import { encodeVerifierKey } from '@careplane/tlog';
import { addCheckpoint } from './add-checkpoint.ts';
import type { Verdict, WitnessParts } from './add-checkpoint.ts';

/** More than 63 hashes and a checkpoint with a hundred signatures have. */
const MOST_BYTES = 64 * 1024;
const STATUS = {
  cosigned: 200,
  malformed: 400,
  unsigned: 403,
  'unknown-log': 404,
  conflict: 409,
  inconsistent: 422,
} as const;

/** The witness over HTTP. @param observe hears of each request's result */
export function witnessRouter(parts: WitnessParts, observe: (result: Verdict['result']) => void): Router {
  const router = Router();
  router.post('/add-checkpoint', async (req, res) => {
    const body = await readBody(req, MOST_BYTES);
    const verdict = await addCheckpoint(body?.toString('utf8') ?? '', parts);
    observe(verdict.result);
    answer(res, verdict);
  });
  router.get('/vkey', (_req, res) => {
    res.type('text/plain; charset=utf-8').send(`${encodeVerifierKey(parts.key.verifier)}\n`);
  });
  return router;
}

function answer(res: Response, verdict: Verdict): void {
  res.status(STATUS[verdict.result]);
  const [type, text] = contentOf(verdict);
  // Not `set`, which appends a charset: clients compare the type of a conflict.
  res.setHeader('content-type', type).end(text);
}

function contentOf(verdict: Verdict): [string, string] {
  if (verdict.result === 'conflict') return ['text/x.tlog.size', `${verdict.size}\n`];
  const text = verdict.result === 'cosigned' ? verdict.lines : `${verdict.result}\n`;
  return ['text/plain; charset=utf-8', text];
}
