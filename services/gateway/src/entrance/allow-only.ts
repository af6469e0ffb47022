import { HttpProblem } from '@careplane/kit';
import type { RequestHandler } from '@careplane/kit';

/** For what else comes to a route that is there for some methods: 405 with `Allow`, which OPTIONS asks for. */
export function allowOnly(methods: string): RequestHandler {
  return (req, res) => {
    if (req.method !== 'OPTIONS')
      throw new HttpProblem(405, 'The method is not allowed', { headers: { allow: methods } });
    res.status(204).set('allow', methods).end();
  };
}
