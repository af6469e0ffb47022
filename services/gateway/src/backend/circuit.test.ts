import { describe, expect, it } from '@jest/globals';
import { BrokenCircuitError } from 'cockatiel';
import type { Dispatcher } from 'undici';
import { createCircuit } from './circuit.ts';
import type { Circuit } from './circuit.ts';

const silent = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
};
const answered = (statusCode: number) => (): Promise<Dispatcher.ResponseData> =>
  Promise.resolve({ statusCode } as Dispatcher.ResponseData);
const failed = (code: string) => (): Promise<Dispatcher.ResponseData> =>
  Promise.reject(Object.assign(new Error('x'), { code }));

describe('a circuit', () => {
  const circuit = (): Circuit => createCircuit(60_000, silent, 'b');
  /** What becomes of a call by somebody else after many of these. */
  const after = async (
    calls: number,
    call: (caller: string) => Promise<unknown>,
    one: Circuit,
  ): Promise<'open' | 'closed'> => {
    for (let i = 0; i < calls; i += 1) await call(`caller-${String(i)}`).catch(() => undefined);
    return one.execute('bob', answered(200)).then(
      () => 'closed',
      (error: unknown) => {
        expect(error).toBeInstanceOf(BrokenCircuitError);
        return 'open';
      },
    );
  };

  it.each([400, 401, 403, 404, 409, 412, 413, 422, 429, 503, 501])(
    'counts no %d, however many there are',
    async (status) => {
      const one = circuit();
      expect(await after(100, (caller) => one.execute(caller, answered(status)), one)).toBe('closed');
    },
  );

  it('opens by 502, even of one caller', async () => {
    const one = circuit();
    expect(await after(50, () => one.execute('ann', answered(502)), one)).toBe('open');
  });

  it.each(['ECONNREFUSED', 'ECONNRESET'])('opens by %s', async (code) => {
    const one = circuit();
    expect(await after(50, () => one.execute('ann', failed(code)), one)).toBe('open');
  });

  it.each([
    ['500', answered(500)],
    ['504', answered(504)],
    ['late answers', failed('UND_ERR_HEADERS_TIMEOUT')],
    ['answers with too large headers', failed('UND_ERR_HEADERS_OVERFLOW')],
    ['answers that are no HTTP', failed('HPE_INVALID_CONSTANT')],
  ])('opens by %s of many callers, and by none of one caller', async (_what, call) => {
    const [many, single] = [circuit(), circuit()];
    expect(await after(50, (caller) => many.execute(caller, call), many)).toBe('open');
    expect(await after(50, () => single.execute('ann', call), single)).toBe('closed');
    if (_what !== '500' && _what !== '504') await expect(single.execute('ann', call)).rejects.toThrow('x');
  });

  it('hears nothing from a client that went away', async () => {
    const one = circuit();
    const gone = (): Promise<never> => Promise.reject(new DOMException('gone', 'AbortError'));
    expect(await after(50, () => one.execute('ann', gone), one)).toBe('closed');
  });
});
