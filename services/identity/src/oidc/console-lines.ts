import type { Logger } from '@careplane/kit';

/** Evaluated before oidc-provider, which writes to the console already while it is loaded. */

/** What is so by intention: Node 26 is the version this is built for, and the kit reads every body, within its limit. */
const INTENDED = ['Unsupported runtime', 'already parsed request body'];

let unread: string[] = [];
let tell = (line: string): void => {
  unread.push(line);
};

const output = globalThis.console;
for (const method of ['info', 'warn'] as const) {
  const write = output[method].bind(output);
  output[method] = (...parts: unknown[]): void => {
    const [line] = parts;
    if (typeof line !== 'string' || !/^(\x1b\[[\d;]+m)?oidc-provider /.test(line)) write(...parts);
    else if (!INTENDED.some((text) => line.includes(text))) tell(line);
  };
}

/** From now on what oidc-provider would write to the console are log lines; so is what it said before. Its texts hold no data. */
export function logConsoleLines(logger: Logger): void {
  tell = (line): void => {
    logger.warn('authorization server', { said: line });
  };
  unread.forEach(tell);
  unread = [];
}
