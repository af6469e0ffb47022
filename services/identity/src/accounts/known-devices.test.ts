import { describe, expect, it } from '@jest/globals';
import type { Request } from '@careplane/kit';
import { createKnownDevices } from './known-devices.ts';

describe('a known browser', () => {
  const devices = createKnownDevices('https://clinic.example', ['current', 'former']);
  const asking = (setCookie?: string): Request =>
    ({ get: () => setCookie?.split(';')[0] }) as unknown as Request;
  const ann = { _id: 'ann' };
  const cookie = devices.remember(asking(), ann);

  it('is known to its account, by a mark of its own, also under a former key', () => {
    const [one, other] = [cookie, devices.remember(asking(), ann)].map((text) =>
      devices.markOf(asking(text), ann),
    );
    expect([one, other]).not.toContain(undefined);
    expect(one).not.toBe(other);
    const former = createKnownDevices('https://clinic.example', ['former']).remember(asking(), ann);
    expect(devices.markOf(asking(former), ann)).toBeDefined();
    const both = devices.remember(asking(cookie), { _id: 'bob' });
    for (const _id of ['ann', 'bob']) expect(devices.markOf(asking(both), { _id })).toBeDefined();
  });

  it('is not known to another account, nor with a mark that was changed', () => {
    expect(devices.markOf(asking(cookie), { _id: 'bob' })).toBeUndefined();
    expect(devices.markOf(asking(), ann)).toBeUndefined();
    const later = cookie.replace(/=(\d+)/, (_, day: string) => `=${String(Number(day) + 1)}`);
    expect(devices.markOf(asking(later), ann)).toBeUndefined();
  });

  it('is new again when the password was changed, or everything was ended', () => {
    const at = new Date();
    expect(devices.markOf(asking(cookie), { ...ann, passwordChangedAt: at })).toBeUndefined();
    expect(devices.markOf(asking(cookie), { ...ann, sessionsEndedAt: at })).toBeUndefined();
    const changed = { ...ann, passwordChangedAt: at };
    const again = devices.remember(asking(cookie), changed);
    expect(devices.markOf(asking(again), changed)).toBeDefined();
  });
});
