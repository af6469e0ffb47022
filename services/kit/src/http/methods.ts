import type { RequestHandler, Router } from 'express';
import { HttpProblem, NotFound } from './errors.ts';

/** The part of Express' router that says what it would answer (`router` 2, used by Express 5). */
interface Layer {
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> };
  readonly handle: { readonly stack?: readonly Layer[] };
  match(path: string): { readonly path?: string } | boolean | undefined;
  readonly path?: string;
}

/**
 * The last route: nothing else matched. A path that is there for other methods is 405 with `Allow` (RFC 9110, 15.5.6), any other is
 * 404. Express itself answers OPTIONS.
 */
export function unmatched(router: Router): RequestHandler {
  return (req) => {
    const allow = allowedMethods(router.stack as unknown as readonly Layer[], req.path);
    if (allow.length === 0) throw new NotFound('There is no such route');
    throw new HttpProblem(405, 'The method is not allowed', { headers: { allow: allow.join(', ') } });
  };
}

function allowedMethods(stack: readonly Layer[], path: string): string[] {
  const found = new Set<string>();
  for (const layer of stack) for (const method of methodsOf(layer, path)) found.add(method);
  if (found.has('GET')) found.add('HEAD');
  return [...found].sort();
}

function methodsOf(layer: Layer, path: string): string[] {
  const nested = layer.handle.stack;
  if (!layer.route && !nested) return [];
  const match = layer.match(path);
  if (!match) return [];
  if (layer.route)
    return Object.keys(layer.route.methods)
      .filter((name) => name !== '_all')
      .map((name) => name.toUpperCase());
  const prefix = (typeof match === 'object' ? match.path : layer.path) ?? '';
  return allowedMethods(nested ?? [], path.slice(prefix.length) || '/');
}
