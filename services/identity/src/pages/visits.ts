import type { Request, RequestHandler, Response } from '@careplane/kit';
import type { BrowserSession, BrowserSessions } from './browser-session.ts';
import type { Forms } from './forms.ts';
import { ForeignForm, page, shortForm } from './page-handler.ts';
import type { PageAnswer } from './page-handler.ts';

export interface VisitsParts {
  readonly forms: Forms;
  readonly browsers: BrowserSessions;
}

/** A request of somebody who is logged in. */
export interface Visit {
  readonly req: Request;
  readonly res: Response;
  readonly session: BrowserSession;
  readonly csrf: string;
}

type VisitHandler = (visit: Visit) => Promise<PageAnswer> | PageAnswer;

/** Handlers for who is logged in; forms are tied to the session. */
export function visits({ forms, browsers }: VisitsParts): {
  show: (handle: VisitHandler) => RequestHandler;
  submit: (handle: VisitHandler) => RequestHandler[];
} {
  const of = (handle: VisitHandler, isForm: boolean): RequestHandler =>
    page(async (req, res) => {
      const session = await browsers.of(req, res);
      if (!session) return { location: browsers.logInUrl() };
      if (isForm && !forms.isGenuine(req, session.uid)) throw new ForeignForm();
      return handle({ req, res, session, csrf: forms.token(req, res, session.uid) });
    });
  return { show: (handle) => of(handle, false), submit: (handle) => [shortForm, of(handle, true)] };
}
