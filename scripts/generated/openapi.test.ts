import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openApiFiles } from './openapi.ts';

describe('the OpenAPI files of the services', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'openapi-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('are made of every service that has a document, formatted as the linter wants them', async () => {
    for (const service of ['a', 'b']) mkdirSync(join(root, 'services', service, 'src'), { recursive: true });
    const module = "export const openApi = () => ({ openapi: '3.1.0', paths: { '/x': {} } });\n";
    writeFileSync(join(root, 'services/b/src/openapi.ts'), module);
    expect(await openApiFiles(root)).toEqual([
      {
        path: 'docs/reference/openapi/b.json',
        content: '{ "openapi": "3.1.0", "paths": { "/x": {} } }\n',
      },
    ]);
  });
});
