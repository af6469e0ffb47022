import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Browser } from '../../services/identity/test/browser.ts';
import {
  addAccount,
  addApp,
  authorizationRequest,
  exchange,
  logInBy,
} from '../../services/identity/test/oidc.ts';
import type { OidcCalls, TestAccount } from '../../services/identity/test/oidc.ts';
import { RESULTS } from '../lib/cache.ts';
import { untilInterrupted } from '../lib/interrupt.ts';
import { describeMachine } from '../lib/machine.ts';
import { startLoginClinic, type LoginClinic } from './clinic.ts';
import { LIMIT, loginReport, ratioOf, type LoginFigures } from './report.ts';

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '5' },
    profile: { type: 'string' },
    out: { type: 'string', default: RESULTS },
  },
});

async function main(signal: AbortSignal): Promise<void> {
  const machine = await describeMachine();
  const folder = await mkdtemp(join(tmpdir(), 'careplane-bench-login-'));
  const flags = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
  try {
    const clinic = await startLoginClinic(folder, flags);
    try {
      const figures = { machine, ...(await measure(clinic, signal)) };
      await mkdir(values.out, { recursive: true });
      await writeFile(join(values.out, 'login.json'), `${JSON.stringify(figures, null, 2)}\n`);
      await writeFile(join(values.out, 'login.md'), loginReport(figures));
      console.log(loginReport(figures));
      process.exitCode = ratioOf(figures, figures.logIn) > LIMIT ? 1 : 0;
    } finally {
      await clinic.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(clinic: LoginClinic, signal: AbortSignal): Promise<Omit<LoginFigures, 'machine'>> {
  const [times, rounds] = [Number(values.times), Number(values.rounds)];
  const { calls } = clinic;
  const { clientId } = await addApp(calls);
  const account = await addAccount(calls);
  const known = await logIn(calls, { clientId, account, browser: new Browser(calls.entrance) });
  const logIns = async (isKnown: boolean): Promise<void> => {
    for (let n = 0; n < times; n += 1) {
      const browser = new Browser(calls.entrance);
      if (isKnown) browser.cookies.set(...known);
      await logIn(calls, { clientId, account, browser });
    }
  };
  for (let n = 0; n < WARM; n += times) await logIns(true);
  await logIns(false);
  await clinic.cpuAfter(times);
  const figures: Omit<LoginFigures, 'machine'> = {
    hash: [],
    logIn: [],
    firstLogIn: [],
    engines: { mongod: [], redis: [] },
  };
  for (let round = 0; round < rounds; round += 1) {
    signal.throwIfAborted();
    const begun = await clinic.cpuAfter(0);
    const hashed = await clinic.cpuAfter(times);
    const before = await clinic.engines();
    await logIns(true);
    const done = await clinic.cpuAfter(0);
    const after = await clinic.engines();
    await logIns(false);
    figures.hash.push((hashed - begun) / times);
    figures.logIn.push((done - hashed) / times);
    figures.firstLogIn.push(((await clinic.cpuAfter(0)) - done) / times);
    for (const [name, used] of Object.entries(figures.engines))
      used.push(((after[name] ?? 0) - (before[name] ?? 0)) / times);
  }
  return figures;
}

/** Log-ins before the first round: code that is still compiled costs more than it will, and a clinic has so many in its first hour. */
const WARM = 300;

interface LogIn {
  readonly clientId: string;
  readonly account: TestAccount;
  readonly browser: Browser;
}

type Cookie = [name: string, cookie: { value: string; path: string }];

/** @returns the cookie by which the browser is known from then on */
async function logIn(calls: OidcCalls, { clientId, account, browser }: LogIn): Promise<Cookie> {
  const request = authorizationRequest(calls, clientId);
  const { left } = await logInBy(browser, request, account);
  const { status } = await exchange(calls, request, left);
  const known = [...browser.cookies].find(([name]) => name.endsWith('device'));
  if (status !== 200 || !known) throw new Error(`the log-in failed: ${String(status)}`);
  return known;
}

await untilInterrupted(main);
