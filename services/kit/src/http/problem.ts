import type { ErrorRequestHandler, Response } from 'express';
import { FHIR_JSON, isFhirPath, outcomeOf } from '../fhir/outcome.ts';
import { CHANGING_PRIMARY } from '../mongo/primary-codes.ts';
import { describeError } from '../observe/describe-error.ts';
import type { Logger } from '../observe/logger.ts';
import { HttpProblem, Unavailable } from './errors.ts';

/**
 * Errors of the MongoDB driver that say that no server answers: the same request succeeds once one does. By name, so that a
 * service without a database loads no driver.
 */
const UNREACHABLE = new Set([
  'MongoServerSelectionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoPoolClearedError',
  'MongoWaitQueueTimeoutError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoOperationTimeoutError',
]);

/** Writes a problem (RFC 9457), below `/fhir` an OperationOutcome. Never caches: an error is about this moment. */
export function sendProblem(res: Response, problem: HttpProblem): void {
  if (isFhirPath(res.req.originalUrl)) {
    res
      .status(problem.status)
      .set({ 'cache-control': 'no-store', ...problem.headers })
      .type(FHIR_JSON)
      .send(JSON.stringify(outcomeOf(problem)));
    return;
  }
  res
    .status(problem.status)
    .set({ 'cache-control': 'no-store', ...problem.headers })
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: 'about:blank',
        title: problem.title,
        status: problem.status,
        ...(problem.detail === undefined ? {} : { detail: problem.detail }),
        ...problem.extensions,
      }),
    );
}

/** The last middleware: every error becomes a problem; what is not a problem by design is a 500 and is logged. */
export function problemHandler(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, _req, res, next) => {
    const problem = asProblem(thrown);
    if (isFault(problem)) logger.error('request failed', describeError(thrown));
    if (res.headersSent) {
      res.destroy(); // half an answer must not look like a whole one
      next(); // nothing follows; Express knows an error handler by its four parameters
      return;
    }
    sendProblem(res, problem);
  };
}

/** Who refuses for want of room has no fault to describe, and no time: the line of the request says 503. */
function isFault(problem: HttpProblem): boolean {
  return problem.status >= 500 && !(problem instanceof Unavailable && problem.cause === undefined);
}

/** Errors of Express' body parser carry `status` and `type`; everything unknown is ours. */
export function asProblem(thrown: unknown): HttpProblem {
  if (thrown instanceof HttpProblem) return thrown;
  const status = statusOf(thrown);
  if (status === 413) return new HttpProblem(413, 'The request body is too large');
  if (status === 415) return new HttpProblem(415, 'The media type is not supported');
  if (status >= 400 && status < 500) return new HttpProblem(status, 'The request cannot be read');
  if (Error.isError(thrown) && isOfAbsentServer(thrown)) return new Unavailable(1, { cause: thrown });
  return new HttpProblem(500, 'Internal error', { cause: thrown });
}

function isOfAbsentServer(error: Error): boolean {
  if (UNREACHABLE.has(error.name)) return true;
  const { code, errorLabelSet } = error as { readonly code?: unknown; readonly errorLabelSet?: unknown };
  if (!error.name.startsWith('Mongo')) return false;
  const isRetryable = errorLabelSet instanceof Set && errorLabelSet.has('RetryableWriteError');
  return isRetryable || CHANGING_PRIMARY.has(code);
}

function statusOf(thrown: unknown): number {
  if (thrown instanceof URIError) return 400; // Express' router, of an escape in a path
  if (!Error.isError(thrown) || !('status' in thrown) || !('expose' in thrown)) return 500;
  return typeof thrown.status === 'number' ? thrown.status : 500;
}
