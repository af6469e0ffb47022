import { median } from '../gateway/report.ts';
import { machineLines, type Machine } from '../lib/machine.ts';

/** The CPU of a log-in may be so many times that of its hash. */
export const LIMIT = 1.5;

/** Milliseconds of CPU, one a round. */
export interface LoginFigures {
  machine: Machine;
  hash: number[];
  /** Of identity, its hash included, in a browser that is known to the account. */
  logIn: number[];
  /** The same in one that was never seen before: its owner is told by mail. */
  firstLogIn: number[];
  /** Of the engines, for a log-in. */
  engines: Record<string, number[]>;
}

/** How many times the CPU of its hash a log-in takes: of each round, and of those the median. */
export function ratioOf({ hash }: Pick<LoginFigures, 'hash'>, logIns: readonly number[]): number {
  return median(logIns.map((ms, round) => ms / (hash[round] ?? Number.NaN)));
}

/** The page `bench/results/login.md`. */
export function loginReport(figures: LoginFigures): string {
  const { machine, hash, logIn, firstLogIn, engines } = figures;
  const row = (what: string, ms: readonly number[]): string => `| ${what} | ${median(ms).toFixed(1)} ms |`;
  return [
    '# Log-in',
    '',
    ...machineLines(machine),
    '',
    'Somebody logs in to an app of the clinic in a browser without a session: authorization request with PKCE, the page, the form with the',
    'password, the code, the tokens; its entries of the audit included, until the broker has confirmed them. Identity is a process of its own, with TLS',
    'to its engines and mutual TLS to whoever calls it, the browser another one.',
    'Median of the rounds; in each the hash and the log-in are measured one after the other, in the same process.',
    '',
    '| what | CPU |',
    '| --- | --- |',
    row('one password hash (argon2id, 19 MiB, two passes)', hash),
    row('a whole log-in in identity, its hash included', logIn),
    ...Object.entries(engines).map(([name, ms]) => row(`for it in ${name}`, ms)),
    row('the first log-in in a browser, of which the owner is told by mail', firstLogIn),
    '',
    `A log-in takes **${ratioOf(figures, logIn).toFixed(2)} times** the CPU of its hash (limit ${String(LIMIT)}), the first in a browser ${ratioOf(figures, firstLogIn).toFixed(2)} times.`,
    '',
  ].join('\n');
}
