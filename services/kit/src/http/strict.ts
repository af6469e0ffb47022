import type { Request, RequestHandler } from 'express';
import { HttpProblem } from './errors.ts';
import { headerFault } from './header-rules.ts';
import { targetFault } from './request-target.ts';

export interface StrictOptions {
  /** The hosts under which this is reached, without ports; absent: any. */
  readonly hosts?: readonly string[];
}

/** What a service answers; anything else is 405. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/**
 * Refuses, before anything else looks at it, a request that readers may understand differently: its method, target, headers and
 * framing. A path with a slash at its end is sent to the one without (308 keeps method and body).
 */
export function strictRequests(options: StrictOptions = {}): RequestHandler {
  const hosts =
    options.hosts === undefined ? undefined : new Set(options.hosts.map((host) => host.toLowerCase()));
  return (req, res, next) => {
    refuseFaults(req);
    if (hosts !== undefined && !hostnames(req).every((name) => hosts.has(name)))
      throw new HttpProblem(421, 'Misdirected request', { detail: 'There is no such host here' });
    const plain = withoutSlash(req.url);
    if (plain === undefined) next();
    else res.redirect(308, plain);
  };
}

function refuseFaults(req: Request): void {
  if (!METHODS.includes(req.method)) {
    throw new HttpProblem(405, 'The method is not allowed', { headers: { allow: METHODS.join(', ') } });
  }
  const fault = targetFault(req.url) ?? headerFault(req.rawHeaders, req.method);
  if (fault) throw new HttpProblem(fault.status, TITLES[fault.status], { detail: fault.detail });
}

const TITLES = {
  400: 'The request is malformed',
  414: 'The URL is too long',
  431: 'The headers are too large',
} as const;

/** What the request itself names, and what a trusted proxy says that was named to it (X-Forwarded-Host). */
function hostnames(req: Request): string[] {
  const forwarded = req.host as string | undefined; // there is none where no Host came
  const { host = '' } = req.headers;
  return [host, forwarded ?? host].map((name) => name.replace(/:\d+$/, '').toLowerCase());
}

/** The target without the slash at the end of its path; undefined when there is none. A path is never `//...` here. */
function withoutSlash(url: string): string | undefined {
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  return path.length > 1 && path.endsWith('/')
    ? `${path.slice(0, -1)}${at < 0 ? '' : url.slice(at)}`
    : undefined;
}
