import { describe, expect, it, jest } from '@jest/globals';
import type { Logger } from '@careplane/kit';

const output = globalThis.console;

describe('what oidc-provider writes to the console', () => {
  it('are log lines, also what came before there was a logger, or go when they are intended', async () => {
    const written: unknown[] = [];
    const write = jest.spyOn(output, 'warn').mockImplementation((line: unknown) => {
      written.push(line);
    });
    const { logConsoleLines } = await import('./console-lines.ts');
    output.warn('oidc-provider WARNING: Unsupported runtime. Use Node.js v22.x LTS, or a later LTS release.');
    output.warn('oidc-provider WARNING: early');
    output.warn('\u001b[31;1moidc-provider WARNING: already parsed request body detected\u001b[0m');
    output.warn('of somebody else');
    const logged: unknown[] = [];
    const logger = { warn: (_text: string, fields: { said: string }) => logged.push(fields.said) };
    logConsoleLines(logger as unknown as Logger);
    output.warn('oidc-provider WARNING: late');
    expect(logged).toEqual(['oidc-provider WARNING: early', 'oidc-provider WARNING: late']);
    expect(written).toEqual(['of somebody else']);
    write.mockRestore();
  });
});
