import { Browser } from '../../services/identity/test/browser.ts';
import {
  addAccount,
  addApp,
  authorizationRequest,
  exchange,
  logInBy,
  startOidc,
} from '../../services/identity/test/oidc.ts';
import { hashPassword } from '../../services/identity/src/passwords/argon2id.ts';

/** CPU of this process in milliseconds. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function cost(times: number, work: () => Promise<unknown>): Promise<number> {
  const before = cpu();
  for (let time = 0; time < times; time += 1) await work();
  return (cpu() - before) / times;
}

const TIMES = 40;
const clinic = await startOidc({ LOG_LEVEL: 'error' }, { isPlain: true });
const { clientId } = await addApp(clinic);
const account = await addAccount(clinic);
const logIn = async (): Promise<void> => {
  const request = authorizationRequest(clinic, clientId);
  const { left } = await logInBy(new Browser(clinic.entrance), request, account);
  const { status } = await exchange(clinic, request, left);
  if (status !== 200) throw new Error(`the log-in failed: ${String(status)}`);
};
const hash = (): Promise<unknown> => hashPassword(account.password);
await cost(10, logIn);
await cost(10, hash);
const [hashMs, logInMs] = [await cost(TIMES, hash), await cost(TIMES, logIn)];
await clinic.stop();
console.log(`a hash          ${hashMs.toFixed(1)} ms of CPU`);
console.log(
  `a whole log-in  ${logInMs.toFixed(1)} ms of CPU, the browser and the app in the same process included`,
);
console.log(`ratio           ${(logInMs / hashMs).toFixed(2)} (limit 1.5)`);
process.exitCode = logInMs / hashMs > 1.5 ? 1 : 0;
