import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** A binding is missing or malformed; the message names files, never contents. */
export class BindingError extends Error {
  override readonly name = 'BindingError';
}

const mongodb = z.object({
  type: z.literal('mongodb'),
  uri: z.string().min(1),
  username: z.string().optional(),
  password: z.string().optional(),
  database: z.string().min(1),
  'ca.crt': z.string().optional(),
});
const redis = z.object({
  type: z.literal('redis'),
  host: z.string().min(1),
  port: z.coerce.number().int(),
  username: z.string().optional(),
  password: z.string().optional(),
  'key-prefix': z.string().default(''),
  uri: z.string().optional(),
  'ca.crt': z.string().optional(),
});
const rabbitmq = z.object({
  type: z.literal('rabbitmq'),
  uri: z.string().min(1),
  host: z.string().min(1),
  port: z.coerce.number().int(),
  username: z.string().min(1),
  password: z.string().min(1),
  'virtual-host': z.string().min(1),
  'ca.crt': z.string().optional(),
});
const jsonText = z.string().transform((text, ctx): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    ctx.addIssue({ code: 'custom', message: 'not JSON' });
    return z.NEVER;
  }
});
const internal = z.object({
  type: z.literal('careplane-internal'),
  'tls.crt': z.string().min(1),
  'tls.key': z.string().min(1),
  'ca.crt': z.string().min(1),
  'callers.json': jsonText.pipe(z.record(z.string(), z.array(z.string()))),
});
const outside = z.object({
  type: z.literal('careplane-public'),
  'tls.crt': z.string().min(1),
  'tls.key': z.string().min(1),
});
const routes = z.object({
  type: z.literal('careplane-routes'),
  'routes.json': jsonText.pipe(
    z.array(
      z.object({ service: z.string().min(1), url: z.url(), paths: z.array(z.string().startsWith('/')) }),
    ),
  ),
});

const SCHEMAS = {
  mongodb,
  redis,
  rabbitmq,
  'careplane-internal': internal,
  'careplane-public': outside,
  'careplane-routes': routes,
} as const;
export type BindingType = keyof typeof SCHEMAS;
export type Binding<T extends BindingType> = z.infer<(typeof SCHEMAS)[T]>;

/**
 * The bindings of a service (Service Binding specification, workload projection): one folder each, one file per entry.
 * Nothing is cached: files change in place when a credential or a certificate rotates, so read at every connect.
 */
export interface Bindings {
  /** The one binding of a type. @throws BindingError when there is none, or several and no name chooses. */
  read<T extends BindingType>(type: T, name?: string): Binding<T>;
  /** Whether a binding of the type is mounted. */
  has(type: BindingType): boolean;
  /** The keys of a declared secret. @throws BindingError when it is not mounted. */
  secret(name: string): Readonly<Record<string, string>>;
}

/** Reads the bindings under `root` (`SERVICE_BINDING_ROOT`). */
export function bindingsAt(root: string): Bindings {
  const names = (type: string): string[] =>
    folders(root).filter((name) => entry(root, name, 'type') === type);
  return {
    has: (type) => names(type).length > 0,
    read<T extends BindingType>(type: T, name?: string): Binding<T> {
      const found = names(type).filter((candidate) => name === undefined || candidate === name);
      const [only] = found;
      if (only === undefined) throw new BindingError(`no binding of type ${type} is mounted`);
      if (found.length > 1) throw new BindingError(`several bindings of type ${type}: ${found.join(', ')}`);
      return parse(type, only, entries(root, only));
    },
    secret(name): Readonly<Record<string, string>> {
      if (!names('secret').includes(name)) throw new BindingError(`secret ${name} is not mounted`);
      return entries(root, name);
    },
  };
}

function parse<T extends BindingType>(type: T, name: string, content: Record<string, string>): Binding<T> {
  const parsed = SCHEMAS[type].safeParse(content);
  if (parsed.success) return parsed.data as Binding<T>;
  const paths = parsed.error.issues.map((issue) => issue.path.join('.'));
  throw new BindingError(`binding ${name} (${type}) has missing or wrong entries: ${paths.join(', ')}`);
}

function folders(root: string): string[] {
  try {
    return readdirSync(root).filter(
      (name) => !name.startsWith('.') && statSync(join(root, name)).isDirectory(),
    );
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

function entry(root: string, name: string, key: string): string | undefined {
  try {
    return readFileSync(join(root, name, key), 'utf8').trim();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * All entries of one moment. Kubelet writes a new hidden folder, points the link `..data` at it and removes the old one: so
 * the link is followed once, and when its target goes away meanwhile, the entries are read again from the new one.
 * Hidden names are not entries.
 */
function entries(root: string, name: string): Record<string, string> {
  const folder = join(root, name);
  const target = targetOf(folder);
  try {
    return filesOf(target ?? folder);
  } catch (error) {
    if (!isMissing(error) || targetOf(folder) === target) throw error;
    return filesOf(targetOf(folder) ?? folder);
  }
}

function filesOf(folder: string): Record<string, string> {
  const keys = readdirSync(folder).filter((key) => !key.startsWith('.'));
  const files = keys.filter((key) => statSync(join(folder, key)).isFile());
  return Object.fromEntries(files.map((key) => [key, readFileSync(join(folder, key), 'utf8').trim()]));
}

function targetOf(folder: string): string | undefined {
  try {
    return realpathSync(join(folder, '..data'));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
