import type { Request, RequestHandler, Response } from 'express';
import { letArrive } from './arrival.ts';
import { HttpProblem, Unavailable } from './errors.ts';
import { wholeOf } from './part-request.ts';
import { sendProblem } from './problem.ts';

/** How long the caller waits for the answer, in milliseconds, as the gateway says it to services. */
export const TIMEOUT_HEADER = 'x-request-timeout-ms';

/** The time of a request, and the commits that were begun within it. */
interface RequestTime {
  /** By `performance.now()`. */
  endsAt: number;
  commits: number;
  /** The limit has come while a commit was under way. */
  isOverdue: boolean;
  /** Answers that it took too long. */
  readonly end: () => void;
  /** Lets it take longer. */
  readonly stop: () => void;
}

const signals = new WeakMap<Request, AbortSignal>();
const times = new WeakMap<AbortSignal, RequestTime>();

/** Aborted when the request's time is over or its client is gone: hand it to every call made for the request. */
export function requestSignal(req: Request): AbortSignal {
  const signal = signals.get(wholeOf(req));
  if (!signal) throw new Error('the timeout middleware is not installed');
  return signal;
}

export interface TimeLimit {
  readonly timeoutMs: number;
  /** Where strangers call, whose word about their patience counts for nothing. */
  readonly isEdge: boolean;
}

/**
 * Answers 503 when a request takes longer than `timeoutMs`, or than its caller waits, and aborts its signal. That answer says that
 * nothing was saved: while a commit is under way it waits, and a commit that was made is answered as usual.
 */
export function limitTime({ timeoutMs, isEdge }: TimeLimit): RequestHandler {
  return (req, res, next) => {
    const limitMs = isEdge ? timeoutMs : Math.min(timeoutMs, patienceOf(req));
    const abort = new AbortController();
    const end = (): void => {
      if (!res.headersSent) sendProblem(res, req.complete ? tookTooLong() : cameTooSlowly());
      abort.abort(new DOMException('request timeout', 'TimeoutError'));
    };
    const endsAt = performance.now() + limitMs;
    const stop = (): void => {
      clearTimeout(timer);
    };
    const time: RequestTime = { endsAt, commits: 0, isOverdue: false, end, stop };
    signals.set(req, abort.signal);
    times.set(abort.signal, time);
    const timer = setTimeout(() => {
      endUnlessCommitting(time);
    }, limitMs);
    res.once('close', () => {
      clearTimeout(timer);
      if (!res.writableFinished) abort.abort(new DOMException('client gone', 'AbortError'));
    });
    next();
  };
}

function endUnlessCommitting(time: RequestTime): void {
  if (time.commits > 0) time.isOverdue = true;
  else time.end();
}

function tookTooLong(): HttpProblem {
  return new Unavailable(1, { detail: 'The request took too long' });
}

function cameTooSlowly(): HttpProblem {
  return new HttpProblem(408, 'The request body came too slowly', { headers: { connection: 'close' } });
}

/** What a request that streams must keep up. */
export interface FlowLimits {
  /** How long a stretch is, in milliseconds. */
  readonly stretchMs: number;
  /** Bytes that must flow in each stretch, both ways together. */
  readonly leastBytes: number;
}

/**
 * From here on the request may take as long as it likes and its bytes flow: a document on a slow line is no fault. Who sends or takes next to
 * nothing in a stretch is ended: 408 while the request has not arrived, and what has begun to be answered breaks off.
 */
export function limitByFlow(req: Request, res: Response, { stretchMs, leastBytes }: FlowLimits): void {
  const time = times.get(requestSignal(req));
  if (!time) return;
  time.stop();
  letArrive(req);
  let seen = bytesOf(req);
  res.setMaxListeners(res.getMaxListeners() + 2); // here, and where its place is counted
  time.endsAt = performance.now() + stretchMs;
  const watch = setInterval(() => {
    if (isOver(req, res)) {
      clearInterval(watch);
      return;
    }
    const now = bytesOf(req);
    const isFlowing = now - seen >= leastBytes;
    seen = now;
    if (isFlowing) time.endsAt = performance.now() + stretchMs;
    else if (res.closed) req.socket.destroy();
    else {
      const isHalf = res.headersSent;
      endUnlessCommitting(time);
      if (isHalf) res.destroy();
    }
  }, stretchMs).unref();
  res.once('close', () => {
    if (isOver(req, res)) clearInterval(watch);
  });
}

/** A body goes on after its answer, when that is a refusal: what is left of it is read away, at the same pace. */
function isOver(req: Request, res: Response): boolean {
  return req.socket.destroyed || (res.closed && req.complete);
}

/** What has gone over its connection. What is only buffered counts, too: it is bounded, as streams wait for their readers. */
function bytesOf({ socket }: Request): number {
  return socket.bytesRead + socket.bytesWritten;
}

function patienceOf(req: Request): number {
  const told = req.get(TIMEOUT_HEADER);
  return told !== undefined && /^[1-9]\d{0,6}$/.test(told) ? Number(told) : Infinity;
}

/** What is left of a request's time, in milliseconds; undefined for a signal that is not of `requestSignal`. */
export function timeLeftMs(signal: AbortSignal): number | undefined {
  const time = times.get(signal);
  return time && Math.max(0, time.endsAt - performance.now());
}

/**
 * Runs a commit for the request of a signal, so that what it saves and what was answered agree: none begins once the time is over
 * or the client is gone, and the answer that it took too long is not given meanwhile.
 * @throws Unavailable when it does not begin; what `commit` throws
 */
export async function commitWithin(
  signal: AbortSignal | undefined,
  commit: () => Promise<void>,
): Promise<void> {
  requireTime(signal);
  const time = signal && times.get(signal);
  if (!time) return commit();
  time.commits += 1;
  try {
    await commit();
  } catch (error) {
    // nothing was saved by it, so the answer that waited for it may be given
    if (time.isOverdue) time.end();
    throw error;
  } finally {
    time.commits -= 1;
  }
}

/** @throws Unavailable when nobody waits for the work any more */
export function requireTime(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new Unavailable(1, { detail: 'The request took too long', cause: signal.reason });
  }
}
