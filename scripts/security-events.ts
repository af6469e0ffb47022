// Where the kinds of events of security are written: `writersOf` is what the generated page and its test go by.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECURITY_EVENTS } from '../services/kit/src/audit/security-events.ts';
import type { SecurityEventKind } from '../services/kit/src/audit/security-events.ts';

export const KINDS = Object.keys(SECURITY_EVENTS) as SecurityEventKind[];

const TABLE = 'services/kit/src/audit/security-events.ts';
const IS_SOURCE = /^(services\/[a-z-]+|operator)\/src\/.*(?<!\.test|\/fixtures\/.*|\/testing\/.*)\.ts$/;

/** The source files of services and operator, without their tests and what reads the kinds. */
function sources(root: string): string[] {
  return ['services', 'operator']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
        (path) => `${folder}/${path}`,
      ),
    )
    .filter((path) => IS_SOURCE.test(path) && !path.includes('node_modules') && path !== TABLE)
    .filter((path) => !path.startsWith('services/audit/src/events/'))
    .sort();
}

/** For each kind the files that write it. */
export function writersOf(root: string): ReadonlyMap<SecurityEventKind, readonly string[]> {
  const texts = sources(root)
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
    .filter(({ text }) => /securityAccess|accountEvent|appEvent/.test(text));
  return new Map(
    KINDS.map((kind) => [
      kind,
      texts.filter(({ text }) => text.includes(`'${kind}'`)).map(({ path }) => path),
    ]),
  );
}
