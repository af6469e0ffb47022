import type { Request, RequestHandler } from 'express';
import { Unavailable } from './errors.ts';
import { sendProblem } from './problem.ts';

const signals = new WeakMap<Request, AbortSignal>();

/** Aborted when the request's time is over or its client is gone: hand it to every call made for the request. */
export function requestSignal(req: Request): AbortSignal {
  const signal = signals.get(req);
  if (!signal) throw new Error('the timeout middleware is not installed');
  return signal;
}

/** Answers 503 when a request takes longer than `timeoutMs`, and aborts its signal. */
export function limitTime(timeoutMs: number): RequestHandler {
  return (req, res, next) => {
    const abort = new AbortController();
    signals.set(req, abort.signal);
    const timer = setTimeout(() => {
      if (!res.headersSent) sendProblem(res, new Unavailable(1, { detail: 'The request took too long' }));
      abort.abort(new DOMException('request timeout', 'TimeoutError'));
    }, timeoutMs);
    res.once('close', () => {
      clearTimeout(timer);
      if (!res.writableFinished) abort.abort(new DOMException('client gone', 'AbortError'));
    });
    next();
  };
}
