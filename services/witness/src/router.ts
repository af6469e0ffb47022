import { readBody, Router } from '@careplane/kit';
import type { Response } from '@careplane/kit';
import { encodeVerifierKey } from '@careplane/tlog';
import { addCheckpoint } from './add-checkpoint.ts';
import type { Verdict, WitnessParts } from './add-checkpoint.ts';
import { parsedLogKey } from './config.ts';
import type { Introduction } from './logs.ts';

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

const INTRODUCED = { known: 200, malformed: 400, 'unknown-log': 404, 'other-key': 409 } as const;

/** What a request came to. */
export type Result = Verdict['result'] | Introduction;

/** The witness over HTTP. @param observe hears of each request's result */
export function witnessRouter(parts: WitnessParts, observe: (result: Result) => void): Router {
  const router = Router();
  router.post('/add-checkpoint', async (req, res) => {
    const body = await readBody(req, MOST_BYTES);
    const verdict = await addCheckpoint(body?.toString('utf8') ?? '', parts);
    observe(verdict.result);
    answer(res, verdict);
  });
  router.post('/add-log', async (req, res) => {
    const key = parsedLogKey((await readBody(req, MOST_BYTES))?.toString('utf8').trim() ?? '');
    const result = key === undefined ? 'malformed' : await parts.logs.introduce(key);
    observe(result);
    res.status(INTRODUCED[result]).type('text/plain; charset=utf-8').send(`${result}\n`);
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
