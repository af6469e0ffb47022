import { Option } from 'commander';
import type { Command } from 'commander';
import type { AuditVerifyOptions } from '../commands/audit.ts';
import { collect, textOrJson } from '../flags.ts';
import type { Terminal } from '../terminal.ts';

/**
 * Adds `careplane audit`.
 * @param finish takes the exit code of a command that has come to its end
 */
export function addAudit(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const audit = program
    .command('audit')
    .summary('the audit log of a clinic')
    .description('Verifies the audit log of a clinic.');
  addVerify(audit, terminal, finish);
}

function addVerify(audit: Command, terminal: Terminal, finish: (code: number) => void): void {
  audit
    .command('verify')
    .summary('whether an exported audit log is whole and unchanged')
    .description(
      'Verifies an export of the audit log offline: each entry and its sealed record, each tile, the root hash, the signatures of the log and of witnesses, and that the log begins with what former checkpoints say. Names the first entry that is wrong. Ends with 0 when all is right, with 2 when the export is not what the log has signed, with 1 when it could not be verified.',
    )
    .argument('<export>', 'the folder or .tar of an export')
    .addOption(
      new Option('--key <key>', "the log's verifier key, or a file with it; may be repeated")
        .argParser(collect)
        .makeOptionMandatory(),
    )
    .option(
      '--witness-key <key>',
      "a witness's verifier key, or a file with it: it must have cosigned; may be repeated",
      collect,
    )
    .option('--since <file>', 'a checkpoint that was kept from before; may be repeated', collect)
    .option('--no-records', 'the log alone, without records.ndjson')
    .addOption(textOrJson())
    .action(async (path: string, options: AuditVerifyOptions) => {
      const { verify } = await import('../commands/audit.ts');
      finish(await verify(path, options, terminal));
    });
}
