import { globSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'prettier';

export interface GeneratedFile {
  readonly path: string;
  readonly content: string;
}

/** What a service's `src/openapi.ts` exports. */
interface ServiceModule {
  /** Its OpenAPI document, made without any connection. */
  readonly openApi: () => object;
}

/** `docs/reference/openapi/<service>.json` of every service that has a `src/openapi.ts`. */
export async function openApiFiles(root: string): Promise<GeneratedFile[]> {
  const modules = globSync('services/*/src/openapi.ts', { cwd: root }).sort();
  return Promise.all(
    modules.map(async (path) => {
      const { openApi } = (await import(pathToFileURL(join(root, path)).href)) as ServiceModule;
      const service = basename(dirname(dirname(path)));
      const content = await format(JSON.stringify(openApi()), {
        parser: 'json',
        singleQuote: true,
        printWidth: 110,
      });
      return { path: `docs/reference/openapi/${service}.json`, content };
    }),
  );
}
