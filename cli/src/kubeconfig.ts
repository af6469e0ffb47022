import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parse } from 'yaml';
import { Failure } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** What the user says about which cluster is meant. */
export interface ClusterOptions {
  kubeconfig?: string;
  context?: string;
  namespace?: string;
}

/** The context to use: its file, its name, and the namespace that it prefers. */
export interface ChosenContext {
  path: string;
  name: string | undefined;
  namespace: string;
}

interface Contexts {
  'current-context'?: string;
  contexts?: { name?: string; context?: { namespace?: string } }[] | null;
}

/**
 * Finds the context: in `--kubeconfig`, else in the files of KUBECONFIG, else in ~/.kube/config; the named one, else the
 * current one. Of several files the first that has it counts, and has to have its cluster and user as well.
 */
export async function chooseContext(options: ClusterOptions, env: Terminal['env']): Promise<ChosenContext> {
  const paths = kubeconfigPaths(options, env);
  const known: string[] = [];
  for (const path of paths) {
    const file = await readContexts(path, paths.length > 1);
    const name = options.context ?? file['current-context'];
    const found = file.contexts?.find((context) => context.name === name);
    known.push(...(file.contexts ?? []).map((context) => context.name ?? ''));
    if (found !== undefined)
      return { path, name, namespace: options.namespace ?? found.context?.namespace ?? 'default' };
  }
  throw new Failure(noContext(options.context, known, paths));
}

function kubeconfigPaths({ kubeconfig }: ClusterOptions, env: Terminal['env']): string[] {
  if (kubeconfig !== undefined) return [kubeconfig];
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  return listed.length > 0 ? listed : [join(env['HOME'] ?? homedir(), '.kube', 'config')];
}

async function readContexts(path: string, mayBeMissing: boolean): Promise<Contexts> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    if (mayBeMissing) return {};
    throw new Failure(
      `there is no kubeconfig ${path}: name one with --kubeconfig or KUBECONFIG (with the embedded cluster: eval "$(make -s env)")`,
    );
  }
  const file = parse(text) as Contexts | null;
  if (typeof file !== 'object' || file === null) throw new Failure(`${path} is no kubeconfig`);
  return file;
}

function noContext(wanted: string | undefined, known: readonly string[], paths: readonly string[]): string {
  const where = paths.join(', ');
  if (wanted !== undefined)
    return `there is no context ${wanted} in ${where}; there ${known.length === 0 ? 'is none' : `are: ${known.join(', ')}`}`;
  return `${where} has no current context: choose one with --context (${known.join(', ') || 'there is none'})`;
}
