import type { Command, Option } from 'commander';
import type { ClusterOptions } from './kubeconfig.ts';
import type { Terminal } from './terminal.ts';

/** One word that could come next. */
interface Candidate {
  word: string;
  about?: string;
}

/** What may come next; `undefined`: a path, which the shell knows best. */
type Candidates = Candidate[] | undefined;

/**
 * What kubectl asks of `kubectl_complete-<plugin>`, and what our own completion scripts ask: a line for each candidate, with a tab before
 * what it is about, and a last line `:4` (nothing else) or `:0` (file names, too).
 * https://github.com/spf13/cobra/blob/main/site/content/completions/_index.md
 * @param words what was typed after the program's name; the last one is being typed, and may be empty
 */
export async function complete(
  words: readonly string[],
  program: Command,
  terminal: Terminal,
): Promise<string> {
  const typed = words.at(-1) ?? '';
  const found = await candidates(words.slice(0, -1), typed, program, terminal);
  const lines = (found ?? [])
    .filter(({ word }) => word.startsWith(typed))
    .map(({ word, about }) => (about === undefined ? word : `${word}\t${about}`));
  return [...lines, found === undefined ? ':0' : ':4', ''].join('\n');
}

async function candidates(
  before: readonly string[],
  typed: string,
  program: Command,
  terminal: Terminal,
): Promise<Candidates> {
  const command = called(program, before);
  if (command === undefined) return [];
  if (command.commands.length > 0)
    return command.commands.map((one) => ({ word: one.name(), about: one.summary() }));
  const option = optionNamed(command, before.at(-1));
  if (option?.required === true) return valuesOf(option);
  if (typed.startsWith('-'))
    return command.options.map(({ long, description }) => ({ word: long ?? '', about: description }));
  if (command.registeredArguments.some((argument) => argument.name() === 'file')) return undefined;
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices);
  if (choices.length > 0) return choices.map((word) => ({ word }));
  if (command.name() === 'explain') return namesToExplain();
  return command.name() === 'logs' ? servicesOf(clusterOptions(command, before), terminal) : [];
}

/** The command that the words before call, as far as they go; nothing when one of them is no command. */
function called(program: Command, words: readonly string[]): Command | undefined {
  let command: Command | undefined = program;
  for (const word of words) {
    if (command === undefined || command.commands.length === 0) break;
    command = command.commands.find((one) => one.name() === word);
  }
  return command;
}

function optionNamed(command: Command, flag: string | undefined): Option | undefined {
  return command.options.find(({ short, long }) => flag !== undefined && (flag === short || flag === long));
}

const PATHS = new Set(['--filename', '--kubeconfig', '--jwks', '--ca']);
/** --output of some commands is a file, of others a format. */
const isPath = ({ long, flags }: Option): boolean => PATHS.has(long ?? '') || flags.includes('<file>');

function valuesOf(option: Option): Candidates {
  if (isPath(option)) return undefined;
  return (option.argChoices ?? []).map((word) => ({ word }));
}

async function namesToExplain(): Promise<Candidate[]> {
  const { conditionCatalogue } = await import('@careplane/operator/conditions');
  const names = conditionCatalogue.flatMap(({ type, meaning, reasons }) => [
    { word: type, about: meaning },
    ...Object.entries(reasons).map(([word, reason]) => ({ word, about: reason.meaning })),
  ]);
  return [...new Map(names.map((name) => [name.word, name])).values()];
}

async function servicesOf(options: ClusterOptions, terminal: Terminal): Promise<Candidate[]> {
  const { connect } = await import('./cluster.ts');
  const { healthcareServices } = await import('@careplane/operator/api/healthcareservice');
  try {
    const cluster = await connect(options, terminal);
    try {
      const { client, namespace } = cluster;
      const call = { timeoutMs: 2_000, attempts: 1 };
      const found = await client.list(healthcareServices, { namespace }, call);
      return found.map(({ metadata }) => ({ word: metadata.name }));
    } finally {
      await cluster.close();
    }
  } catch {
    // Without a cluster there are no names to offer; an error in the middle of a command line does not help.
    return [];
  }
}

/** `-n`, `--context` and `--kubeconfig` as far as they have been typed. */
function clusterOptions(command: Command, before: readonly string[]): ClusterOptions {
  const given: Record<string, string> = {};
  for (const [index, word] of before.entries()) {
    const [flag = '', value = before[index + 1]] = word.startsWith('--') ? word.split('=', 2) : [word];
    const option = optionNamed(command, flag);
    if (option !== undefined && value !== undefined) given[option.attributeName()] = value;
  }
  const { namespace, context, kubeconfig } = given;
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(context === undefined ? {} : { context }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
  };
}
