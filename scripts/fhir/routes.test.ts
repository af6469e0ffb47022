import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { definitionFaults } from '../../services/kit/src/fhir/definition-faults.ts';
import type { ResourceDefinition } from '../../services/kit/src/fhir/definition.ts';

const ROOT = join(import.meta.dirname, '../..');

interface ServiceModule {
  /** The resource types of the service, made without any connection. */
  readonly definitions: readonly ResourceDefinition[];
}

describe('the FHIR routes of each service', () => {
  it.each(['(none)', ...globSync('services/*/src/openapi.ts', { cwd: ROOT })])(
    '%s: have a rule of access, documentation and a test',
    async (file) => {
      if (file === '(none)') return; // jest refuses an empty list
      const { definitions } = (await import(pathToFileURL(join(ROOT, file)).href)) as ServiceModule;
      expect(definitionFaults(definitions)).toEqual([]);
      if (definitions.length === 0) return;
      const tests = globSync('**/*.int.test.ts', { cwd: join(ROOT, dirname(file)) });
      const watching = tests.filter((test) => {
        const text = readFileSync(join(ROOT, dirname(file), test), 'utf8');
        return text.includes('watchRoutes(') && text.includes('.missing()');
      });
      expect(watching).not.toEqual([]);
    },
  );
});
