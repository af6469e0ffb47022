import { pause, Router, TooManyRequests } from '@careplane/kit';
import type { Request, Response } from '@careplane/kit';
import type { Changes } from '../accounts/changes.ts';
import type { FormLimits } from '../accounts/form-limits.ts';
import type { LogIns } from '../accounts/log-in.ts';
import type { MailCause, MailLimits } from '../accounts/mail-limits.ts';
import { passwordFault } from '../accounts/password-rule.ts';
import { localPart } from '../accounts/personal-data.ts';
import { registrationForm } from '../accounts/registration.ts';
import type { RegistrationForm, Registrations } from '../accounts/registration.ts';
import { registerPage, textPage } from './account-pages.ts';
import { textOf } from './forms.ts';
import type { Forms } from './forms.ts';
import type { Fault, Page } from './layout.ts';
import { ForeignForm, page, shortForm } from './page-handler.ts';
import type { PageAnswer } from './page-handler.ts';
import { confirmPage, newPasswordPage, resetPage, verifyPage } from './register-pages.ts';

export interface RegisterRouterParts {
  readonly forms: Forms;
  readonly registrations: Registrations;
  readonly changes: Changes;
  readonly mailLimits: MailLimits;
  readonly logIns: Pick<LogIns, 'confirm'>;
  readonly formLimits: FormLimits;
}

/** An answer takes at least so long: whether mail goes out does not show. */
const LEAST_MS = 400;

/** Pages for who is not logged in: registration, verification of the address, a new password. */
export function registerRouter(parts: RegisterRouterParts): Router {
  const router = Router();
  const show = (
    path: string,
    handle: (req: Request, csrf: string) => Promise<PageAnswer> | PageAnswer,
  ): void => {
    router.get(
      path,
      page((req, res) => handle(req, parts.forms.token(req, res, path))),
    );
  };
  const submit = (path: string, handle: (req: Request, csrf: string) => Promise<PageAnswer>): void => {
    router.post(
      path,
      shortForm,
      page((req: Request, res: Response) => {
        if (!parts.forms.isGenuine(req, path)) throw new ForeignForm();
        return handle(req, parts.forms.token(req, res, path));
      }),
    );
  };
  show('/account/register', (_req, csrf) => registerPage(csrf, {}, []));
  submit('/account/register', (req, csrf) => register(parts, req, csrf));
  show('/account/verify', async (req, csrf) => {
    const token = tokenOf(req);
    return (await parts.registrations.isWaiting(token)) ? verifyPage(csrf, token, []) : GONE;
  });
  submit('/account/verify', (req, csrf) => verify(parts, req, csrf));
  show('/account/reset', (_req, csrf) => resetPage(csrf, []));
  submit('/account/reset', (req, csrf) => askForReset(parts, req, csrf));
  show('/account/reset/new', async (req, csrf) => {
    const token = tokenOf(req);
    return (await parts.changes.accountOfReset(token)) ? newPasswordPage(csrf, token, []) : GONE;
  });
  submit('/account/reset/new', (req, csrf) => reset(parts, req, csrf));
  show('/account/address/confirm', async (req, csrf) => {
    const token = tokenOf(req);
    return (await parts.changes.accountOfAddress(token)) ? confirmPage(csrf, token, []) : GONE;
  });
  submit('/account/address/confirm', (req, csrf) => confirmAddress(parts, req, csrf));
  return router;
}

const LOG_IN = { href: '/account', label: 'Log in' };
const GONE: Page = {
  ...textPage('This link is no longer good', 'It was used already, is too old, or a newer one was ordered.'),
  status: 410,
};
const SENT = textPage(
  'Look into your mail',
  'If the address is right, a message is on its way. It says how to go on.',
);

const LABELS: Readonly<Record<string, string>> = {
  given: 'Enter your given name as it is written',
  family: 'Enter your family name as it is written',
  birthDate: 'Enter your birth date',
  gender: 'Choose one of the list',
  email: 'Enter your e-mail address, such as name@mail.example',
  password: 'Choose a password',
};

async function register(parts: RegisterRouterParts, req: Request, csrf: string): Promise<PageAnswer> {
  await parts.formLimits.take(req.ip ?? 'unknown');
  const values = Object.fromEntries(Object.keys(LABELS).map((name) => [name, textOf(req, name)]));
  const parsed = registrationForm.safeParse(values);
  const faults = parsed.success ? faultsOfPassword(parsed.data) : faultsOfFields(parsed.error.issues);
  if (!parsed.success || faults.length > 0) return registerPage(csrf, values, faults);
  const { data } = parsed;
  return sent(parts, req, {
    cause: 'register',
    email: data.email,
    work: () => parts.registrations.begin(data),
  });
}

function faultsOfFields(issues: readonly { path: PropertyKey[] }[]): Fault[] {
  const fields = new Set(issues.map(({ path }) => String(path[0])));
  return [...fields].map((name) => ({ field: name, message: LABELS[name] ?? 'Check this field' }));
}

function faultsOfPassword({ password, given, family, email, birthDate }: RegistrationForm): Fault[] {
  const [year = ''] = birthDate.split('-');
  const personal = [given, family, localPart(email), birthDate, year];
  const message = passwordFault(password, personal);
  return message === undefined ? [] : [{ field: 'password', message }];
}

/** Does what sends mail, within the limits, and answers the same whatever comes of it. */
async function sent(
  { mailLimits }: RegisterRouterParts,
  req: Request,
  { cause, email, work }: { cause: MailCause; email: string; work: () => Promise<void> },
): Promise<Page> {
  const allowed = await mailLimits.take(cause, { email, address: req.ip ?? 'unknown' });
  if (allowed === 'network') throw new TooManyRequests(600);
  const least = pause(LEAST_MS);
  if (allowed === 'ok') await work();
  await least;
  return SENT;
}

async function verify(parts: RegisterRouterParts, req: Request, csrf: string): Promise<PageAnswer> {
  const token = textOf(req, 'token');
  const outcome = await parts.registrations.finish(token, textOf(req, 'password').slice(0, 256));
  switch (outcome) {
    case 'done':
      return textPage('Your registration is complete', 'You can log in now.', LOG_IN);
    case 'wrong-password':
      return verifyPage(csrf, token, [
        { field: 'password', message: 'This is not the password you registered with' },
      ]);
    default:
      return GONE;
  }
}

async function askForReset(parts: RegisterRouterParts, req: Request, csrf: string): Promise<PageAnswer> {
  const email = textOf(req, 'email').trim();
  if (!registrationForm.shape.email.safeParse(email).success)
    return resetPage(csrf, [{ field: 'email', message: LABELS['email'] ?? '' }]);
  return sent(parts, req, { cause: 'reset', email, work: () => parts.changes.askForReset(email) });
}

async function reset(parts: RegisterRouterParts, req: Request, csrf: string): Promise<PageAnswer> {
  const token = textOf(req, 'token');
  const password = textOf(req, 'password');
  const account = await parts.changes.accountOfReset(token);
  if (!account) return GONE;
  await parts.formLimits.take(req.ip ?? 'unknown');
  const fault = await parts.changes.passwordFault(account, password);
  if (fault !== undefined) return newPasswordPage(csrf, token, [{ field: 'password', message: fault }]);
  if (!(await parts.changes.reset(token, password))) return GONE;
  return textPage(
    'Your password has changed',
    'You are logged out everywhere. Log in with the new password.',
    LOG_IN,
  );
}

/** With the password: an address that was mistyped is somebody's, whom the link alone must not give the account. */
async function confirmAddress(parts: RegisterRouterParts, req: Request, csrf: string): Promise<PageAnswer> {
  const token = textOf(req, 'token');
  const account = await parts.changes.accountOfAddress(token);
  if (!account) return GONE;
  const proof = await parts.logIns.confirm(req, account, textOf(req, 'current'));
  if (proof === 'limited') throw new TooManyRequests(300);
  if (proof === 'wrong')
    return confirmPage(csrf, token, [{ field: 'current', message: 'The current password is wrong' }]);
  if ((await parts.changes.setAddress(token)) !== 'done') return GONE;
  return textPage('Your address has changed', 'From now on you log in with the new address.', LOG_IN);
}

function tokenOf(req: Request): string {
  const { token } = req.query;
  return typeof token === 'string' ? token.slice(0, 100) : '';
}
