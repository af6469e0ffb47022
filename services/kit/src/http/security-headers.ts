import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/** An API's answers are data: the strictest policy, and none of helmet's defaults, which are made for pages. */
const POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/** What helmet sets, which is the same for every answer: asked for once, since for each request it takes a dozen handlers. */
export function securityHeaders(): (readonly [name: string, value: string])[] {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  const protect = helmet({ contentSecurityPolicy: POLICY, xFrameOptions: { action: 'deny' } });
  protect(request, response, (error?: unknown) => {
    if (error !== undefined) throw new TypeError('helmet refuses its options', { cause: error });
  });
  return response.getHeaderNames().map((name) => [name, String(response.getHeader(name))] as const);
}
