import { Argument, Command, CommanderError, Option } from 'commander';
import { addAudit } from './audit/audit-command.ts';
import type { AppAddOptions, AppListOptions, AppOptions } from './commands/app.ts';
import type { GraphOptions } from './commands/graph.ts';
import type { LogsOptions } from './commands/logs.ts';
import type { PlanOptions } from './commands/plan.ts';
import type { StatusOptions } from './commands/status.ts';
import type { TopOptions } from './commands/top.ts';
import { completionScript, SHELLS, type Shell } from './completion.ts';
import { addDocuments } from './document-commands.ts';
import { EXAMPLES } from './examples.ts';
import {
  collect,
  duration,
  onClinic,
  onCluster,
  operatorDeployment,
  operatorNamespace,
  textOrJson,
  wholeNumber,
} from './flags.ts';
import { addRecords } from './records/records-command.ts';
import type { Terminal } from './terminal.ts';
import { VERSION } from './version.ts';

/** What completion scripts and kubectl ask with: the words after it are completed, not carried out. */
const COMPLETE = '__complete';

/** Runs one command line. Gives the exit code: 0, 1 for an error, or what the command says. Never throws. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const outcome = { code: 0 };
  const program = buildProgram(terminal, (code) => {
    outcome.code = code;
  });
  try {
    if (args[0] === COMPLETE) {
      const { complete } = await import('./complete.ts');
      terminal.out(await complete(args.slice(1), program, terminal));
      return 0;
    }
    await program.parseAsync([...args], { from: 'user' });
    return outcome.code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    // Ctrl-C and a closed pipe end what was under way; that is no error.
    if (terminal.signal.aborted) return 0;
    const { explainError } = await import('./explain-error.ts');
    terminal.err(`careplane: ${explainError(error)}\n`);
    return 1;
  }
}

/**
 * The commands. What they do is loaded when one runs: `--help` and completion have to be quick.
 * @param finish takes the exit code of a command that has come to its end
 */
export function buildProgram(terminal: Terminal, finish: (code: number) => void): Command {
  const program = new Command(terminal.env['CAREPLANE_CLI_NAME'] ?? 'careplane')
    .description(
      'Shows what Careplane does, would do, and knows, registers apps of a clinic, exports its records, and encrypts documents. It never changes the cluster.',
    )
    .version(VERSION)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .configureHelp({ helpWidth: 100, showGlobalOptions: false })
    .showHelpAfterError('(--help tells more)');
  addPlan(program, terminal, finish);
  addGraph(program, terminal, finish);
  addStatus(program, terminal, finish);
  addExplain(program, terminal, finish);
  addLogs(program, terminal, finish);
  addTop(program, terminal, finish);
  addApp(program, terminal, finish);
  addDocuments(program, terminal, finish);
  addAudit(program, terminal, finish);
  addRecords(program, terminal, finish);
  addCompletion(program, terminal);
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) {
    const examples = EXAMPLES[command === program ? 'careplane' : pathOf(command)];
    if (examples !== undefined) command.addHelpText('after', `\nExamples:\n${indent(examples)}`);
  }
  return program;
}

/** The words that call a command, without the program's name. */
export function pathOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name();
}

type Finish = (code: number) => void;

function addPlan(program: Command, terminal: Terminal, finish: Finish): void {
  onCluster(program.command('plan'))
    .summary('what would change if the files were applied')
    .description(
      "Runs the operator's own controllers on a copy of the cluster and prints what would be created (+), changed (~) and deleted (-) if the files were applied. Writes nothing. Values of Secrets are never shown. Ends with 1 when applying them would be refused, or when not everything could be planned.",
    )
    .requiredOption(
      '-f, --filename <path>',
      'file, folder, or - for the standard input; may be repeated',
      collect,
    )
    .addOption(
      new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text'),
    )
    .option('--details', 'also every field of what would be created', false)
    .option('--exit-code', '2 when there is something to change, 0 when not', false)
    .addOption(operatorNamespace())
    .addOption(operatorDeployment())
    .action(async (options: PlanOptions) => {
      const { plan } = await import('./commands/plan.ts');
      finish(await plan(options, terminal));
    });
}

function addGraph(program: Command, terminal: Terminal, finish: Finish): void {
  onCluster(program.command('graph'))
    .summary('who may talk to whom, and what is odd about it')
    .description(
      'Prints the services, stores and brokers with their declared edges, and what is dangling, one-sided, unused or goes in a circle: of the cluster, or of files without a cluster.',
    )
    .option('-f, --filename <path>', 'file, folder, or - instead of the cluster; may be repeated', collect)
    .addOption(
      new Option('-o, --output <format>', 'how to print it')
        .choices(['text', 'mermaid', 'dot', 'json'])
        .default('text'),
    )
    .option('-A, --all-namespaces', 'every namespace', false)
    .action(async (options: GraphOptions) => {
      const { graph } = await import('./commands/graph.ts');
      finish(await graph(options, terminal));
    });
}

function addStatus(program: Command, terminal: Terminal, finish: Finish): void {
  onCluster(program.command('status'))
    .summary('what is Ready and what is not')
    .description(
      'One table of all resources of Careplane: what is Ready, and the reason of what is not. Below it what is kept of services that are gone.',
    )
    .option('-A, --all-namespaces', 'every namespace', false)
    .addOption(
      new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text'),
    )
    .option('--exit-code', '1 when something is not Ready, or there is nothing', false)
    .addOption(operatorNamespace())
    .addOption(operatorDeployment())
    .action(async (options: StatusOptions) => {
      const { status } = await import('./commands/status.ts');
      finish(await status(options, terminal));
    });
}

function addExplain(program: Command, terminal: Terminal, finish: Finish): void {
  program
    .command('explain')
    .summary('what a condition or a reason means, and what to do')
    .description(
      'Says what a condition or one of its reasons means, why it comes, and what to do. Without a name: all conditions.',
    )
    .addArgument(new Argument('[name]', 'a condition (EdgesResolved) or a reason (DanglingEdge)'))
    .action(async (name: string | undefined) => {
      const { explain } = await import('./commands/explain.ts');
      finish(explain(name, terminal));
    });
}

function addLogs(program: Command, terminal: Terminal, finish: Finish): void {
  onCluster(program.command('logs'))
    .summary('logs of all pods of a service, merged')
    .description("Prints the logs of all of a service's pods in the order of time, readable for people.")
    .argument('<service>', 'the HealthcareService')
    .option('--since <duration>', 'only what is not older: 30s, 5m, 2h', duration)
    .option('--tail <lines>', 'the newest lines of each pod (200 without --since)', wholeNumber)
    .addOption(
      new Option('--level <level>', 'the least severe level to show')
        .choices(['error', 'warn', 'info', 'debug'])
        .default('debug'),
    )
    .option('-f, --follow', 'go on with what comes, also from new pods', false)
    .addOption(
      new Option('--previous', 'of the containers before their last restart')
        .default(false)
        .conflicts('follow'),
    )
    .addOption(
      new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text'),
    )
    .action(async (service: string, options: LogsOptions) => {
      const { logs } = await import('./commands/logs.ts');
      finish(await logs(service, options, terminal));
    });
}

function addTop(program: Command, terminal: Terminal, finish: Finish): void {
  onCluster(program.command('top'))
    .summary('what the services use and how they answer')
    .description(
      'Prints for each service its replicas, CPU and memory (from metrics.k8s.io), and requests per second, errors and p95 latency over 5 minutes (from the Prometheus of the ObservabilityStack). A dash: not known.',
    )
    .option('-A, --all-namespaces', 'every namespace', false)
    .addOption(
      new Option('-o, --output <format>', 'how to print it').choices(['text', 'json']).default('text'),
    )
    .action(async (options: TopOptions) => {
      const { top } = await import('./commands/top.ts');
      finish(await top(options, terminal));
    });
}

function addApp(program: Command, terminal: Terminal, finish: Finish): void {
  const app = program
    .command('app')
    .summary('the apps by which users and programs enter a clinic')
    .description(
      "Registers, lists and removes apps of the clinic in the namespace (SMART on FHIR, OAuth 2). Whoever may read the Secret with identity's keys may use it.",
    );
  onClinic(app.command('add'))
    .summary('register an app')
    .description(
      'Registers an app and prints its client id. With --redirect users log in to it, as a public app unless it has keys; with --jwks alone it is a backend app, which acts without a user.',
    )
    .argument('<name>', 'what users read when the app asks for access')
    .option('--client-id <id>', 'its id (default: the clinic makes one)')
    .option('--redirect <url>', 'where users come back to after their log-in; may be repeated', collect)
    .option('--jwks <file>', 'its public keys (a JWK Set), by which it authenticates: private_key_jwt')
    .option('--scope <scopes>', 'what it may be granted, as patient/Appointment.rs; may be repeated', collect)
    .option(
      '--purpose <codes>',
      "for what it may use data, as TREAT or BTG; may be repeated (default: the first of its user's role)",
      collect,
    )
    .option('--confidential', 'an app on a server, which gets a secret', false)
    .option('--first-party', "the clinic's own: its users are not asked for consent to scopes", false)
    .addOption(textOrJson())
    .action(async (name: string, options: AppAddOptions) => {
      const { addApp: add } = await import('./commands/app.ts');
      finish(await add(name, options, terminal));
    });
  onClinic(app.command('list'))
    .summary('the registered apps')
    .description('Prints the apps that are registered, with what each may be granted.')
    .addOption(textOrJson())
    .action(async (options: AppListOptions) => {
      const { listApps } = await import('./commands/app.ts');
      finish(await listApps(options, terminal));
    });
  onClinic(app.command('remove'))
    .summary('remove an app')
    .description('Removes an app; what users granted it ends with it.')
    .argument('<client-id>', 'as careplane app list shows it')
    .action(async (clientId: string, options: AppOptions) => {
      const { removeApp } = await import('./commands/app.ts');
      finish(await removeApp(clientId, options, terminal));
    });
}

function addCompletion(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .summary('completion for your shell')
    .description(
      'Prints what your shell needs to complete commands, flags, and names of services and conditions. kubectl completes `kubectl careplane` by itself where kubectl_complete-careplane is on the PATH.',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices([...SHELLS]))
    .action((shell: Shell) => {
      terminal.out(completionScript(shell));
    });
}

function indent(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}`).join('\n');
}
