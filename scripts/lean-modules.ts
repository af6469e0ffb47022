import type { Plugin } from 'esbuild';

/**
 * An ES import of node:http reads every export of it at the start, also the lazy ones, and so loads Node's own copy of
 * undici: 11 MiB that no program here uses.
 */
export const lazyHttp: Plugin = {
  name: 'lazy-http',
  setup(build) {
    build.onResolve({ filter: /^(node:)?https?$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path: path.replace(/^node:/, ''), namespace: 'lazy-http' } : undefined,
    );
    build.onLoad({ filter: /./, namespace: 'lazy-http' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('node:${path}');`,
    }));
  },
};

/** What our own code uses of undici; a bundle whose code imports another name fails. */
const UNDICI = `
import Agent from 'undici/lib/dispatcher/agent.js';
import api from 'undici/lib/api/index.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import errors from 'undici/lib/core/errors.js';
import Pool from 'undici/lib/dispatcher/pool.js';
Object.assign(Dispatcher.prototype, api);
const shared = new Agent();
export { Agent, Pool, errors };
export function request(url, { dispatcher = shared, ...options } = {}) {
  const { origin, pathname, search } = new URL(url);
  return dispatcher.request({ method: 'GET', ...options, origin, path: pathname + search });
}
`;

/** The index of undici loads fetch, caches, WebSocket and mocks beside the pools: 7 MiB. Packages get all of it. */
export const leanUndici: Plugin = {
  name: 'lean-undici',
  setup(build) {
    build.onResolve({ filter: /^undici$/ }, ({ importer, resolveDir }) =>
      importer.includes('node_modules')
        ? undefined
        : { path: 'undici', namespace: 'lean-undici', pluginData: resolveDir },
    );
    build.onLoad({ filter: /./, namespace: 'lean-undici' }, ({ pluginData }) => ({
      contents: UNDICI,
      resolveDir: pluginData as string,
    }));
  },
};
