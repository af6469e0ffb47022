import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect, DocumentServer, fingerprint, identity, open } from '@careplane/documents';
import type * as Library from '@careplane/documents';
import { openBrowserPage } from '@careplane/documents/testing';
import type { BrowserPage } from '@careplane/documents/testing';
import { ecosystemProgram, until } from '@careplane/testing';
import { Agent, fetch } from 'undici';
import { startLocalClinic } from '../testing/local-clinic.ts';
import type { LocalClinic } from '../testing/local-clinic.ts';
import { connect } from './client/connection.ts';
import type { Connection } from './client/connection.ts';
import { Clinic } from './cluster/clinic.ts';
import { enter } from './enter.ts';
import type { Entered } from './enter.ts';
import { openApp } from './login/app.ts';
import { logIn } from './login/log-in.ts';
import { Authenticator } from './login/pages.ts';

/** What the page has: the library, as a browser loads it. */
declare const documents: typeof Library;

const PROGRAM = join(import.meta.dirname, '../../../cli/src/main.ts');
const CONTENT = `What was said between the two of us.\n${'And more of it. '.repeat(10_000)}`;
const REDIRECT = 'http://127.0.0.1/callback';
const SCOPES = {
  patient: 'openid fhirUser launch/patient patient/*.cruds user/*.rs careplane/keys',
  practitioner: 'openid fhirUser user/*.cruds careplane/keys',
} as const;

interface Person {
  /** `Patient/<id>` or `Practitioner/<id>`. */
  readonly reference: string;
  readonly token: string;
  /** The file with their secret key. */
  readonly key: string;
}

let local: LocalClinic;
let connection: Connection;
let entered: Entered;
let browser: BrowserPage;
let agent: Agent;
let folder: string;
let [anna, ben]: Person[] = [];

const at = (name: string): string => join(folder, name);
const people = (): { anna: Person; ben: Person } => {
  if (!anna || !ben) throw new Error('nobody has logged in');
  return { anna, ben };
};

/** `careplane documents ...` as its user. @returns what it printed */
async function careplane(token: string, ...args: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    GATEWAY_URL: local.url,
    GATEWAY_CA: at('ca.pem'),
    CAREPLANE_TOKEN: token,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, 'documents', ...args], {
    env,
    cwd: folder,
  });
  return stdout.trim();
}

async function member(role: keyof typeof SCOPES, reference: string): Promise<Person> {
  const username = `${role}-${reference.split('/')[1] ?? ''}@people.example`;
  const password = 'kestrel orchard lantern 41';
  await entered.administration.openAccount({ email: username, password, role, person: reference });
  const entry = { app: await openApp(connection, 'sealed'), redirectUri: REDIRECT, scope: SCOPES[role] };
  const authenticator = new Authenticator();
  const session = await logIn(connection, entry, { username, password, authenticator });
  const key = at(`${role}.key`);
  await promisify(execFile)(process.execPath, [PROGRAM, 'documents', 'keygen', '-o', key]);
  return { reference, token: await session.token(), key };
}

beforeAll(async () => {
  [local, browser] = await Promise.all([startLocalClinic(), openBrowserPage({ ignoresCertificates: true })]);
  folder = mkdtempSync(join(tmpdir(), 'careplane-sealed-'));
  writeFileSync(at('ca.pem'), local.ca);
  writeFileSync(at('letter.txt'), CONTENT);
  connection = connect(local.url, local.ca);
  agent = new Agent({ connect: { ca: local.ca } });
  entered = await enter(connection, await new Clinic(local.cluster, 'clinic').adminClientSecret());
  const { admin, api } = entered;
  const token = await admin.token();
  const app = {
    ...{ clientId: 'sealed', name: 'Documents', type: 'public', firstParty: true, redirectUris: [REDIRECT] },
    origins: [new URL(browser.page.url()).origin],
    scopes: [...new Set(Object.values(SCOPES).flatMap((scope) => scope.split(' ')))],
  };
  await connection.send({ method: 'POST', path: '/admin/apps', token, body: app });
  const born = { given: 'Anna', family: 'Lee', birthDate: '1990-01-01', gender: 'female' };
  const { id } = await api.createPatient(admin, { ...born, sourceId: 'anna' });
  const doctor = await api.createPractitioner(admin, { npi: '1234567893', given: 'Ben', family: 'Ray' });
  const team = {
    ...{ resourceType: 'CareTeam', status: 'active', subject: { reference: `Patient/${id}` } },
    participant: [{ member: { reference: `Practitioner/${doctor}` }, period: { end: '2999-01-01' } }],
  };
  const made = await connection.send({ method: 'POST', path: '/fhir/R4/CareTeam', token, body: team });
  expect([made.status, made.body]).toEqual([201, expect.anything()]);
  anna = await member('patient', `Patient/${id}`);
  ben = await member('practitioner', `Practitioner/${doctor}`);
}, 240_000);
afterAll(async () => {
  await browser.close();
  await agent.destroy();
  await connection.close();
  await local.stop();
  rmSync(folder, { recursive: true });
}, 60_000);

const serverOf = ({ token }: Person): DocumentServer =>
  new DocumentServer({
    base: local.url,
    token: () => token,
    fetch: ((url: string, init: Parameters<typeof fetch>[1]) =>
      fetch(url, { ...init, dispatcher: agent })) as unknown as typeof globalThis.fetch,
  });
const opened = async (id: string, { key, ...who }: Person): Promise<string> => {
  const secret =
    readFileSync(key, 'utf8')
      .split('\n')
      .find((line) => line.startsWith('AGE-SECRET')) ?? '';
  const content = await open(await serverOf({ key, ...who }).download(id), [identity(secret)]);
  return Buffer.from(await collect(content)).toString();
};
const upload = (more: readonly string[], file = 'letter.txt'): Promise<string> =>
  careplane(people().ben.token, 'upload', '--patient', people().anna.reference, ...more, file);
const age = (...args: readonly string[]): void => {
  const { status, stderr } = spawnSync(ecosystemProgram('age'), args, { cwd: folder });
  expect([status, stderr.toString()]).toEqual([0, '']);
};
const publicKeyIn = (key: string): string => /# public key: (\S+)/.exec(readFileSync(key, 'utf8'))?.[1] ?? '';

describe('two people, through a clinic that cannot read', () => {
  it('publish their keys, and find each other by name', async () => {
    for (const { token, key } of [people().anna, people().ben]) {
      const said = await careplane(token, 'keys', 'publish', key);
      expect(said).toContain(fingerprint(publicKeyIn(key)));
    }
    const listed = await careplane(people().anna.token, 'keys', 'list', people().ben.reference);
    expect(listed).toContain(fingerprint(publicKeyIn(people().ben.key)));
  });

  it('send a document, read it with the commands, the library and age, and part again', async () => {
    const { anna: patient, ben: doctor } = people();
    const recipients = ['--for', patient.reference, '--for', doctor.reference, '--known-keys', 'known'];
    const id = await upload(recipients);
    expect(await opened(id, patient)).toBe(CONTENT);
    await careplane(patient.token, 'download', '-i', patient.key, '-o', 'again.txt', id);
    expect(readFileSync(at('again.txt'), 'utf8')).toBe(CONTENT);
    await careplane(doctor.token, 'download', '--as-is', '-o', 'letter.age', id);
    age('-d', '-i', doctor.key, '-o', 'by-age.txt', 'letter.age');
    expect(readFileSync(at('by-age.txt'), 'utf8')).toBe(CONTENT);

    const share = ['share', '--document', id, '-i', doctor.key, '--for', patient.reference];
    await expect(careplane(patient.token, ...share)).rejects.toMatchObject({ code: 1 }); // patients change what is theirs
    expect(await careplane(doctor.token, ...share)).toContain('1 recipients');
    await expect(opened(id, doctor)).rejects.toMatchObject({ code: 'no-matching-identity' });
    expect(await opened(id, patient)).toBe(CONTENT);
  });

  it('refuse a key that came later, until somebody has compared it', async () => {
    const { anna: patient, ben: doctor } = people();
    await promisify(execFile)(process.execPath, [PROGRAM, 'documents', 'keygen', '-o', at('phone.key')]);
    await careplane(patient.token, 'keys', 'publish', 'phone.key');
    const line = `${patient.reference} ${fingerprint(publicKeyIn(at('phone.key')))}`;
    const again = upload(['--for', patient.reference, '--known-keys', 'known']);
    await expect(again).rejects.toMatchObject({ stderr: expect.stringContaining(line) });
    writeFileSync(at('known'), `${readFileSync(at('known'), 'utf8')}${line}\n`);
    const id = await upload(['--for', patient.reference, '--known-keys', 'known']);
    expect(await opened(id, { ...patient, key: at('phone.key') })).toBe(CONTENT);
    expect(doctor.reference).not.toBe(patient.reference);
  });

  it('take a file of the age program as it is, and open it in a browser', async () => {
    const { anna: patient } = people();
    age('-r', publicKeyIn(patient.key), '-o', 'by-age.age', 'letter.txt');
    const id = await upload(['--as-is'], 'by-age.age');
    const secret =
      readFileSync(patient.key, 'utf8')
        .split('\n')
        .find((line) => line.startsWith('AGE-SECRET')) ?? '';
    const given = { base: local.url, token: patient.token, id, secret };
    const readThere = (): Promise<string> =>
      browser.page.evaluate(async ({ base, token, id: one, secret: key }) => {
        const clinic = new documents.DocumentServer({ base, token: () => token });
        const content = await documents.open(await clinic.download(one), [documents.identity(key)]);
        return new TextDecoder().decode(await documents.collect(content));
      }, given);
    // the gateway learns of the origins of apps from time to time
    await until(async () => (await readThere().catch(() => '')) === CONTENT, {
      what: 'the browser has read it',
    });
  });

  it('send from a browser in pieces, with progress, to a passkey and to each other', async () => {
    const { anna: patient, ben: doctor } = people();
    const devtools = await browser.page.context().newCDPSession(browser.page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        ...{ protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true },
        ...{
          hasUserVerification: true,
          isUserVerified: true,
          hasPrf: true,
          automaticPresenceSimulation: true,
        },
      },
    });
    const given = {
      base: local.url,
      token: patient.token,
      of: patient.reference,
      to: publicKeyIn(doctor.key),
      text: CONTENT,
    };
    const { id, told, read } = await browser.page.evaluate(async ({ base, token, of, to, text }) => {
      const clinic = new documents.DocumentServer({ base, token: () => token });
      const passkey = await documents.createPasskey({ name: 'Documents of the clinic' });
      const file = new Blob([text]);
      const sealed = await documents.seal(file.stream(), [
        documents.passkeyRecipient(passkey),
        documents.recipient(to),
      ]);
      const told: { bytes: number; total: number }[] = [];
      const id = await clinic.upload(sealed, {
        patient: of,
        contentBytes: file.size,
        onProgress: (progress) => told.push(progress),
      });
      await clinic.attach(id, of);
      const content = await documents.open(await clinic.download(id), [documents.passkeyIdentity(passkey)]);
      return { id, told, read: new TextDecoder().decode(await documents.collect(content)) };
    }, given);
    expect(read).toBe(CONTENT);
    expect(told.at(-1)?.bytes).toBe(told.at(-1)?.total);
    expect(await serverOf(doctor).recipients(id)).toEqual(['passkey', 'hybrid']);
    expect(await opened(id, doctor)).toBe(CONTENT);
  });
});
