import { readFile } from 'node:fs/promises';
import { Administration, type AppWish, type RegisteredApp } from '../clinic/administration.ts';
import { findEntrance, type EntranceOptions } from '../clinic/entrance.ts';
import { connect } from '../cluster.ts';
import { Failure } from '../failure.ts';
import type { ClusterOptions } from '../kubeconfig.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';

/** The flags of every `careplane app` command. */
export type AppOptions = ClusterOptions & EntranceOptions;

export interface AppListOptions extends AppOptions {
  output: 'text' | 'json';
}

export interface AppAddOptions extends AppListOptions {
  clientId?: string;
  redirect?: string[];
  jwks?: string;
  scope?: string[];
  purpose?: string[];
  confidential: boolean;
  firstParty: boolean;
}

/** `careplane app add`. */
export async function addApp(name: string, options: AppAddOptions, terminal: Terminal): Promise<number> {
  const wish = await wishOf(name, options);
  const app = await administrate(options, terminal, (clinic) => clinic.addApp(wish));
  terminal.out(options.output === 'json' ? `${JSON.stringify(app, undefined, 2)}\n` : renderAdded(app));
  return 0;
}

/** `careplane app list`. */
export async function listApps(options: AppListOptions, terminal: Terminal): Promise<number> {
  const apps = await administrate(options, terminal, (clinic) => clinic.apps());
  if (options.output === 'json') terminal.out(`${JSON.stringify(apps, undefined, 2)}\n`);
  else if (apps.length === 0) terminal.err('no app is registered: careplane app add registers one\n');
  else terminal.out(renderApps(apps));
  return 0;
}

/** `careplane app remove`. Gives 1 when there is no such app. */
export async function removeApp(clientId: string, options: AppOptions, terminal: Terminal): Promise<number> {
  const existed = await administrate(options, terminal, (clinic) => clinic.removeApp(clientId));
  if (!existed)
    throw new Failure(
      `no app ${clientId} is registered that could be removed: careplane app list shows them`,
    );
  terminal.out(`removed ${clientId}: its tokens end with it\n`);
  return 0;
}

async function administrate<T>(
  options: AppOptions,
  terminal: Terminal,
  act: (clinic: Administration) => Promise<T>,
): Promise<T> {
  const cluster = await connect(options, terminal);
  try {
    const clinic = new Administration(await findEntrance(cluster, options, terminal.env));
    try {
      return await act(clinic);
    } finally {
      await clinic.close();
    }
  } finally {
    await cluster.close();
  }
}

/** What apps get that name no scopes: what a patient's app needs, and a backend app that reads. */
const SCOPES = {
  app: ['openid', 'fhirUser', 'launch/patient', 'offline_access', 'patient/*.rs'],
  backend: ['system/*.rs'],
} as const;

/** The registration that the flags ask for. @throws Failure when they contradict each other */
export async function wishOf(
  name: string,
  options: Omit<AppAddOptions, keyof AppOptions | 'output'>,
): Promise<AppWish> {
  const { clientId, redirect = [], jwks, scope, purpose, confidential, firstParty } = options;
  const type = typeOf(redirect.length > 0, jwks !== undefined, confidential);
  return {
    ...(clientId !== undefined && { clientId }),
    name,
    type,
    redirectUris: redirect,
    scopes: scope ? wordsIn(scope) : [...SCOPES[type === 'backend' ? 'backend' : 'app']],
    ...(purpose !== undefined && { purposes: wordsIn(purpose) }),
    ...(jwks !== undefined && { jwks: await readJwks(jwks) }),
    firstParty,
  };
}

function wordsIn(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(/[\s,]+/).filter((word) => word !== ''));
}

function typeOf(hasRedirect: boolean, hasKeys: boolean, confidential: boolean): AppWish['type'] {
  if (!hasRedirect && !hasKeys)
    throw new Failure(
      'how is the app used? Name where users come back to with --redirect, or give a backend app its public keys with --jwks',
    );
  if (!hasRedirect) return 'backend';
  return hasKeys || confidential ? 'confidential' : 'public';
}

/** Members of a JWK that are private or symmetric keys (RFC 7518, 6). */
const PRIVATE = ['d', 'k', 'p', 'q'];

async function readJwks(path: string): Promise<object> {
  const read = JSON.parse(await readFile(path, 'utf8').catch(unreadable(path))) as unknown;
  const set = isObject(read) && 'keys' in read ? read : { keys: [read] };
  const keys = set.keys;
  if (!Array.isArray(keys) || !keys.every(isObject))
    throw new Failure(`${path} is no JWK Set: {"keys": [...]} with public keys`);
  if (keys.some((key) => PRIVATE.some((member) => member in key)))
    throw new Failure(
      `${path} holds a private key: give the public one, and keep the other where the app runs`,
    );
  return { keys };
}

function unreadable(path: string): () => never {
  return () => {
    throw new Failure(`${path} cannot be read: name a file with the app's public keys (a JWK Set)`);
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** One line an app. */
export function renderApps(apps: readonly RegisteredApp[]): string {
  return table(
    ['CLIENT ID', 'NAME', 'TYPE', 'FIRST PARTY', 'REDIRECTS', 'SCOPES'],
    apps.map(({ clientId, name, type, firstParty = false, redirectUris = [], scopes }) => [
      clientId,
      name,
      type,
      firstParty ? 'yes' : 'no',
      redirectUris.join(' ') || '-',
      scopes.join(' '),
    ]),
  );
}

function renderAdded({ clientId, clientSecret, scopes }: RegisteredApp): string {
  const secret = clientSecret === undefined ? '' : `secret      ${clientSecret}   (shown this once)\n`;
  return `client id   ${clientId}\n${secret}scopes      ${scopes.join(' ')}\n`;
}
