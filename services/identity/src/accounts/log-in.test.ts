import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '@careplane/kit';
import type { Request } from '@careplane/kit';
import { createTestTrail } from '@careplane/kit/testing';
import type { TestTrail } from '@careplane/kit/testing';
import type { AccountRecord } from './account.ts';
import { createLogIns } from './log-in.ts';
import type { LogIns } from './log-in.ts';

const ANN = {
  _id: 'account-1',
  role: 'patient',
  status: 'active',
  passwordHash: 'h',
} as unknown as AccountRecord;
const req = { ip: '10.0.0.1' } as unknown as Request;

/** Log-ins of one account, whose password is `right`; nobody may try any more when there is a wait. */
function scene({ wait, status = 'active' }: { wait?: number; status?: string } = {}): {
  readonly logIns: LogIns;
  readonly trail: TestTrail;
} {
  const trail = createTestTrail();
  const logIns = createLogIns({
    audit: trail,
    accounts: {
      byName: (name: string) => Promise.resolve(name === 'ann@x.example' ? { ...ANN, status } : undefined),
      noteLogIn: () => Promise.resolve(true),
    },
    passwords: {
      verify: (password: string, hash: string | undefined) =>
        Promise.resolve(hash !== undefined && password === 'right'),
    },
    limits: {
      attempt: () => Promise.resolve(wait === undefined ? { succeeded: () => Promise.resolve() } : { wait }),
    },
    devices: { remember: () => 'cookie', markOf: () => undefined },
    adminPassword: () => '',
  } as unknown as Parameters<typeof createLogIns>[0]);
  return { logIns, trail };
}

const said = ({ entries }: TestTrail): unknown[] =>
  entries.map(({ action, outcome, reason, agent }) => [action, outcome, reason, agent.account]);

describe('each attempt to log in', () => {
  it('is recorded with its reason, and without the name that was typed', async () => {
    const { logIns, trail } = scene();
    const tried = (username: string, password: string): Promise<unknown> =>
      logIns.byPassword(req, { username, password, client: 'portal' });
    await tried('ann@x.example', 'wrong');
    await tried('nobody@x.example', 'wrong');
    expect(said(trail)).toEqual([
      ['log-in', 'denied', 'wrong', 'account-1'],
      ['log-in', 'denied', 'wrong', undefined],
    ]);
    expect(JSON.stringify(trail.entries)).not.toContain('x.example');
  });

  it('is recorded when it is refused for other reasons than the password', async () => {
    const [limited, disabled] = [scene({ wait: 30 }), scene({ status: 'disabled' })];
    const credentials = { username: 'ann@x.example', password: 'right', client: 'portal' };
    expect(await limited.logIns.byPassword(req, credentials)).toMatchObject({ kind: 'limited' });
    expect(await disabled.logIns.byPassword(req, credentials)).toMatchObject({ kind: 'wrong' });
    expect(said(limited.trail)).toEqual([['log-in', 'denied', 'limited', 'account-1']]);
    expect(said(disabled.trail)).toEqual([['log-in', 'denied', 'disabled', 'account-1']]);
  });

  it('is granted when it is complete, and not when that cannot be recorded', async () => {
    const { logIns, trail } = scene();
    const proof = { amr: ['pwd', 'otp'], client: 'portal' };
    await logIns.isNews(req, ANN, proof);
    expect(trail.entries[0]).toMatchObject({
      agent: { client: 'portal' },
      entities: [{ type: 'account' }, { type: 'factor', id: 'pwd' }, { type: 'factor', id: 'otp' }],
    });
    expect(said(trail)).toEqual([['log-in', 'granted', undefined, 'account-1']]);
    trail.fails = () => {
      throw new Unavailable(1);
    };
    await expect(logIns.isNews(req, ANN, proof)).rejects.toThrow(Unavailable);
  });
});
