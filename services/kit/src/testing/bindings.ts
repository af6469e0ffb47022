import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of bindings as the operator mounts it, for a test. */
export interface TestBindings {
  /** For `SERVICE_BINDING_ROOT`. */
  readonly root: string;
  /** Writes (or rewrites) a binding. */
  write(name: string, entries: Readonly<Record<string, string>>): void;
  remove(): void;
}

/** An empty folder of bindings. */
export function createTestBindings(): TestBindings {
  const root = mkdtempSync(join(tmpdir(), 'careplane-bindings-'));
  return {
    root,
    write(name, entries): void {
      mkdirSync(join(root, name), { recursive: true });
      for (const [key, value] of Object.entries(entries)) writeFileSync(join(root, name, key), value);
    },
    remove(): void {
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** The address of an engine that a test has started. */
export interface EngineAddress {
  readonly uri: string;
  readonly host: string;
  readonly port: number;
  readonly certificates?: { readonly ca: string } | undefined;
}

/** The entries of a mongodb binding. */
export function mongodbEntries(engine: EngineAddress, database: string): Record<string, string> {
  return { type: 'mongodb', provider: 'careplane', uri: engine.uri, database, ...caOf(engine) };
}

/** The entries of a redis binding. */
export function redisEntries(engine: EngineAddress, service: string): Record<string, string> {
  const { host, port, uri } = engine;
  return { type: 'redis', host, port: String(port), uri, 'key-prefix': `${service}:`, ...caOf(engine) };
}

/** The entries of a rabbitmq binding. */
export function rabbitmqEntries(
  engine: EngineAddress & { readonly username: string; readonly password: string },
  virtualHost = '/',
): Record<string, string> {
  const { host, port, uri, username, password } = engine;
  return {
    type: 'rabbitmq',
    host,
    port: String(port),
    uri,
    username,
    password,
    'virtual-host': virtualHost,
    ...caOf(engine),
  };
}

function caOf(engine: EngineAddress): Record<string, string> {
  return engine.certificates ? { 'ca.crt': engine.certificates.ca } : {};
}
