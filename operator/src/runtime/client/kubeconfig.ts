import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import type { TlsOptions } from './tls-options.ts';

/** What a kubeconfig's current context says when no other program has to be asked for the credentials. */
export interface StaticContext {
  /** `https://host:port`, without a slash at the end. */
  server: string;
  tls: TlsOptions;
  token?: string | undefined;
  /** Absolute path of a file with the token, which may change. */
  tokenFile?: string | undefined;
}

// Strict: a field that is not known here (exec, auth-provider, proxy-url, as, ...) is left to who knows it.
const clusterSchema = z.strictObject({
  server: z.url({ protocol: /^https?$/ }),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.base64().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'tls-server-name': z.string().optional(),
  extensions: z.unknown().optional(),
});
const userSchema = z.strictObject({
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.base64().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.base64().optional(),
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  extensions: z.unknown().optional(),
});
const fileSchema = z.looseObject({
  'current-context': z.string(),
  clusters: z.array(z.looseObject({ name: z.string(), cluster: z.unknown() })),
  contexts: z.array(
    z.looseObject({
      name: z.string(),
      context: z.looseObject({ cluster: z.string(), user: z.string() }),
    }),
  ),
  users: z.array(z.looseObject({ name: z.string(), user: z.unknown() })),
});

/** Reads a context that needs nothing but files; `undefined` for others, for which client-node costs 80 MB. Throws for a missing file. */
export async function readStaticContext(path: string, name?: string): Promise<StaticContext | undefined> {
  const file = fileSchema.safeParse(parse(await readFile(path, 'utf8')));
  if (!file.success) return undefined;
  const { cluster, user } = contextOf(file.data, name);
  if (!cluster.success || !user.success) return undefined;
  const folder = dirname(resolve(path));
  const { token, tokenFile } = user.data;
  return {
    server: cluster.data.server.replace(/\/+$/, ''),
    tls: { ...(await trustOf(cluster.data, folder)), ...(await identityOf(user.data, folder)) },
    token,
    tokenFile: tokenFile === undefined ? undefined : resolve(folder, tokenFile),
  };
}

function contextOf(
  file: z.infer<typeof fileSchema>,
  name = file['current-context'],
): {
  cluster: z.ZodSafeParseResult<z.infer<typeof clusterSchema>>;
  user: z.ZodSafeParseResult<z.infer<typeof userSchema>>;
} {
  const context = byName(file.contexts, name)?.context;
  return {
    cluster: clusterSchema.safeParse(byName(file.clusters, context?.cluster)?.cluster),
    user: userSchema.safeParse(byName(file.users, context?.user)?.user),
  };
}

async function trustOf(cluster: z.infer<typeof clusterSchema>, folder: string): Promise<TlsOptions> {
  const ca = await content(cluster['certificate-authority-data'], cluster['certificate-authority'], folder);
  const servername = cluster['tls-server-name'];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(servername === undefined ? {} : { servername }),
    ...(cluster['insecure-skip-tls-verify'] === true ? { rejectUnauthorized: false } : {}),
  };
}

async function identityOf(user: z.infer<typeof userSchema>, folder: string): Promise<TlsOptions> {
  const cert = await content(user['client-certificate-data'], user['client-certificate'], folder);
  const key = await content(user['client-key-data'], user['client-key'], folder);
  return { ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
}

/** As kubectl: data come before the file, and a relative path is seen from the kubeconfig's folder. */
async function content(
  data: string | undefined,
  file: string | undefined,
  folder: string,
): Promise<Buffer | undefined> {
  if (data !== undefined) return Buffer.from(data, 'base64');
  return file === undefined ? undefined : readFile(resolve(folder, file));
}

function byName<T extends { name: string }>(entries: readonly T[], name: string | undefined): T | undefined {
  return entries.find((entry) => entry.name === name);
}
