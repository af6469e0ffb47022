import { execPath } from 'node:process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inClusterCredentials, kubeconfigCredentials } from './credentials.ts';
import { ManualClock } from '../fixtures/manual-clock.ts';

let folder: string;
const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'careplane-token-'));
  await writeFile(join(folder, 'ca.crt'), 'authority');
  await writeFile(join(folder, 'token'), 'first\n');
});

afterEach(() => rm(folder, { recursive: true }));

describe('the credentials of a pod', () => {
  it('follow the token as it rotates, within a minute', async () => {
    const clock = new ManualClock();
    const credentials = await inClusterCredentials({ clock, env, folder });
    expect(credentials.server).toBe('https://10.0.0.1:443');
    expect(await credentials.authorization()).toBe('Bearer first');
    await writeFile(join(folder, 'token'), 'second');
    await clock.advance(60_001);
    expect(await credentials.authorization()).toBe('Bearer second');
  });

  it('read the token again at once when the server refused it', async () => {
    const credentials = await inClusterCredentials({ clock: new ManualClock(), env, folder });
    await credentials.authorization();
    await writeFile(join(folder, 'token'), 'second');
    credentials.renew();
    expect(await credentials.authorization()).toBe('Bearer second');
  });

  it('write an IPv6 address as URLs want it, and say so when there is no cluster', async () => {
    const clock = new ManualClock();
    const v6 = await inClusterCredentials({
      clock,
      env: { ...env, KUBERNETES_SERVICE_HOST: 'fd00::1' },
      folder,
    });
    expect(v6.server).toBe('https://[fd00::1]:443');
    await expect(inClusterCredentials({ clock, env: {}, folder })).rejects.toThrow(/not inside a cluster/);
  });
});

describe('the credentials of a kubeconfig', () => {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  async function kubeconfig(cluster: object, user: object, context = 'here'): Promise<string> {
    const path = join(folder, 'kubeconfig');
    const config = {
      'current-context': context,
      contexts: [
        { name: 'elsewhere', context: { cluster: 'other', user: 'other' } },
        { name: 'here', context: { cluster: 'c', user: 'u', namespace: 'n' } },
      ],
      clusters: [
        { name: 'other', cluster: { server: 'https://other:1' } },
        { name: 'c', cluster: { server: 'https://api:6443/', ...cluster } },
      ],
      users: [
        { name: 'other', user: { token: 'other' } },
        { name: 'u', user },
      ],
    };
    await writeFile(path, JSON.stringify(config));
    return path;
  }

  it('are those of the current context: authority and client certificate, as data or in files beside it', async () => {
    await writeFile(join(folder, 'client.crt'), 'certificate');
    const path = await kubeconfig(
      { 'certificate-authority-data': base64('authority'), 'tls-server-name': 'kubernetes' },
      { 'client-certificate': 'client.crt', 'client-key-data': base64('key') },
    );
    const credentials = await kubeconfigCredentials(path, new ManualClock());
    expect(credentials.server).toBe('https://api:6443');
    expect(credentials.tls).toEqual({
      ca: Buffer.from('authority'),
      cert: Buffer.from('certificate'),
      key: Buffer.from('key'),
      servername: 'kubernetes',
    });
    expect(await credentials.authorization()).toBeUndefined();
  });

  it('carry a token, and follow that of a file', async () => {
    const clock = new ManualClock();
    const fixed = await kubeconfigCredentials(await kubeconfig({}, { token: 'mine' }), clock);
    expect(await fixed.authorization()).toBe('Bearer mine');
    const rotating = await kubeconfigCredentials(await kubeconfig({}, { tokenFile: 'token' }), clock);
    expect(await rotating.authorization()).toBe('Bearer first');
    await writeFile(join(folder, 'token'), 'second');
    rotating.renew();
    expect(await rotating.authorization()).toBe('Bearer second');
  });

  it('do not believe an unknown authority unless told to', async () => {
    const { tls } = await kubeconfigCredentials(await kubeconfig({}, {}), new ManualClock());
    expect(tls.rejectUnauthorized).toBeUndefined();
    const insecure = await kubeconfig({ 'insecure-skip-tls-verify': true }, {});
    expect((await kubeconfigCredentials(insecure, new ManualClock())).tls.rejectUnauthorized).toBe(false);
  });

  it('come from the program that the kubeconfig names', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'from-program' },
    };
    const exec = {
      apiVersion: credential.apiVersion,
      command: execPath,
      args: ['-e', `console.log(${JSON.stringify(JSON.stringify(credential))})`],
      interactiveMode: 'Never',
    };
    const credentials = await kubeconfigCredentials(await kubeconfig({}, { exec }), new ManualClock());
    expect(credentials.server).toBe('https://api:6443');
    expect(await credentials.authorization()).toBe('Bearer from-program');
  });

  it('are refused when the current context is not there', async () => {
    const path = await kubeconfig({}, {}, 'nowhere');
    await expect(kubeconfigCredentials(path, new ManualClock())).rejects.toThrow(/names no cluster/);
  });
});
