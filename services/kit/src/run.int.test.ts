import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '@careplane/testing';

// A busy machine of two cores answers late.
jest.setTimeout(60_000);

const MAIN = join(import.meta.dirname, '..', 'test', 'slow-service.ts');

describe('a service as a process', () => {
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  interface Running {
    readonly child: ChildProcess;
    readonly url: string;
    readonly adminUrl: string;
    readonly output: () => string;
    readonly exited: Promise<unknown[]>;
  }

  const start = async (env: Record<string, string>): Promise<Running> => {
    const child = spawn(process.execPath, [MAIN], {
      env: { PORT: '0', ADMIN_PORT: '0', ANSWER_MS: '2500', SHUTDOWN_DELAY_MS: '3000', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    children.push(child);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exited = once(child, 'exit');
    const [, adminPort, port] = await until(
      () => Promise.resolve(/"adminPort":(\d+).*"message":"started","port":(\d+)/.exec(output) ?? undefined),
      { what: 'the service to start' },
    );
    return {
      child,
      url: `http://127.0.0.1:${port ?? ''}`,
      adminUrl: `http://127.0.0.1:${adminPort ?? ''}`,
      output: () => output,
      exited,
    };
  };

  it('ends on SIGTERM without dropping a request: not ready at once, serving through the delay, exit 0', async () => {
    const { child, url, adminUrl, exited, output } = await start({});
    const agent = new Agent({ keepAlive: true });
    const early = Array.from({ length: 10 }, () => get(`${url}/slow`, agent));
    await until(async () => (await text(`${adminUrl}/metrics`)).includes('http_server_active_requests 10'), {
      what: 'ten',
    });
    child.kill('SIGTERM');
    await until(async () => (await fetch(`${adminUrl}/readyz`)).status === 503, { what: 'unreadiness' });
    const late = await get(`${url}/slow`, agent); // endpoints still point here
    expect((await Promise.all(early)).map(({ status }) => status)).toEqual(Array<number>(10).fill(200));
    expect(late).toEqual({ status: 200, connection: 'close' });
    expect(await exited).toEqual([0, null]);
    expect(output()).toContain('"clean":true');
    agent.destroy();
  });

  it('is not hurried by a SIGTERM that is repeated', async () => {
    const { child, url, exited, adminUrl } = await start({});
    const agent = new Agent({ keepAlive: true });
    const early = get(`${url}/slow`, agent);
    await until(async () => (await text(`${adminUrl}/metrics`)).includes('http_server_active_requests 1'), {
      what: 'the request',
    });
    child.kill('SIGTERM');
    await until(async () => (await fetch(`${adminUrl}/readyz`)).status === 503, { what: 'unreadiness' });
    child.kill('SIGTERM');
    expect((await early).status).toBe(200);
    expect(await exited).toEqual([0, null]);
    agent.destroy();
  });

  it('ends with 1 and a log without personal data when a rejection is not handled', async () => {
    const { url, exited, output } = await start({});
    await fetch(`${url}/forget`);
    expect(await exited).toEqual([1, null]);
    expect(output()).toContain('"message":"fatal","error":"SyntaxError"');
    expect(output()).not.toContain('waltraud');
  });

  it('refuses to start with a wrong configuration, naming the key and not the value', async () => {
    const child = spawn(process.execPath, [MAIN], { env: { PORT: 'eighty', ANSWER_MS: '1' }, stdio: 'pipe' });
    children.push(child);
    let output = '';
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(output).toContain('PORT');
    expect(output).not.toContain('eighty');
  });
});

async function text(url: string): Promise<string> {
  return (await fetch(url)).text();
}

function get(
  url: string,
  agent: Agent,
): Promise<{ status: number | undefined; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (response) => {
      response.resume().once('end', () => {
        resolve({ status: response.statusCode, connection: response.headers.connection });
      });
    })
      .once('error', reject)
      .end();
  });
}
