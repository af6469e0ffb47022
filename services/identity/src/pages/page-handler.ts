import { asProblem, bodyBytes, HttpProblem, TooManyRequests } from '@careplane/kit';
import type { Request, RequestHandler, Response } from '@careplane/kit';
import { errors } from 'oidc-provider';
import { html } from './html.ts';
import { documentOf, headersOf } from './layout.ts';
import type { Page } from './layout.ts';

/** Where the browser goes next. */
export interface Redirect {
  readonly location: string;
}

export type PageAnswer = Page | Redirect | undefined;

const FORM_BYTES = 16_384;

/** Forms are a few short fields; the kit has read them within the limit of the service, which is larger. @throws HttpProblem 413 */
export const shortForm: RequestHandler = (req, _res, next) => {
  if ((bodyBytes(req)?.length ?? 0) > FORM_BYTES) throw new HttpProblem(413, 'The request body is too large');
  next();
};

/** A handler that answers with a page; errors are pages too. `undefined`: it has answered itself. */
export function page(
  handle: (req: Request, res: Response) => Promise<PageAnswer> | PageAnswer,
): RequestHandler {
  return async (req, res) => {
    let answer: PageAnswer;
    try {
      answer = await handle(req, res);
    } catch (error) {
      answer = errorPage(error);
    }
    if (answer && !res.headersSent) sendPage(res, answer);
  };
}

export function sendPage(res: Response, answer: Page | Redirect): void {
  if ('location' in answer) {
    res.set({ 'cache-control': 'no-store', 'referrer-policy': 'same-origin' }).redirect(303, answer.location);
    return;
  }
  res
    .status(answer.status ?? 200)
    .set(headersOf(answer))
    .send(documentOf(answer));
}

/** A form that is not of this browser, or came from another site. */
export class ForeignForm extends Error {
  override readonly name = 'ForeignForm';
}

/** The page for an error; what is no problem by design goes on to the kit, which logs it. */
export function errorPage(error: unknown): Page {
  if (error instanceof errors.SessionNotFound) return EXPIRED;
  if (error instanceof ForeignForm) return FOREIGN;
  const problem = asProblem(error);
  if (problem.status === 503 || problem instanceof TooManyRequests) return busyPage(problem);
  if (problem.status >= 500) throw error;
  return {
    status: problem.status,
    title: 'That did not work',
    body: html`<p>${problem.detail ?? problem.title}</p>`,
  };
}

function busyPage(problem: HttpProblem): Page {
  const seconds = problem.headers['retry-after'] ?? '2';
  return {
    status: problem.status,
    title: problem.status === 429 ? 'Too many attempts' : 'Please try again in a moment',
    headers: { 'retry-after': seconds },
    body: html`<p>Please wait ${seconds} seconds, then go back and try again. Nothing has been lost.</p>`,
  };
}

const EXPIRED: Page = {
  status: 400,
  title: 'This log-in has expired',
  body: html`<p>
    It was open for too long, or was begun in another browser. Go back to the app and start again.
  </p>`,
};

const FOREIGN: Page = {
  status: 403,
  title: 'This form cannot be used',
  body: html`<p>
    The form did not come from this site or is too old. Go back, load the page again and fill it in once more.
    Your browser must accept cookies.
  </p>`,
};
