import { Option } from 'commander';
import type { Command } from 'commander';
import type { AuditExportOptions } from '../commands/audit-export.ts';
import type { AuditVerifyOptions } from '../commands/audit.ts';
import type { WhoSawOptions } from '../commands/who-saw.ts';
import type { WriteOptions } from '../documents/files.ts';
import { asCompliance, collect, onClinic, textOrJson } from '../flags.ts';
import type { Terminal } from '../terminal.ts';

/**
 * Adds `careplane audit`.
 * @param finish takes the exit code of a command that has come to its end
 */
export function addAudit(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const audit = program
    .command('audit')
    .summary('the audit log of a clinic')
    .description(
      'Exports the audit log of a clinic, verifies it, and tells who has seen the record of a patient.',
    );
  addExport(audit, terminal, finish);
  addVerify(audit, terminal, finish);
  addWhoSaw(audit, terminal, finish);
  addKeygen(audit, terminal, finish);
}

function addKeygen(audit: Command, terminal: Terminal, finish: (code: number) => void): void {
  audit
    .command('keygen')
    .summary('a signing key for an audit log, from a key ceremony')
    .description(
      "Writes a new signing key of a log to a file that only you can read, and prints its verifier key, which auditors get. It asks no cluster: use it on a machine without a network. The key goes into the Secret of the audit as signingKey; its name is the log's name.",
    )
    .argument('<name>', 'name of the log, such as careplane.dev/clinic/audit')
    .option('-o, --output <file>', 'write to a file (default: the standard output)')
    .option('--force', 'replace the file that is there', false)
    .action(async (name: string, options: WriteOptions) => {
      const { keygenOf } = await import('../commands/audit-keygen.ts');
      finish(await keygenOf(name, options, terminal));
    });
}

function addWhoSaw(audit: Command, terminal: Terminal, finish: (code: number) => void): void {
  asCompliance(onClinic(audit.command('who-saw')))
    .summary('who has seen or changed a record of a patient, when and why')
    .description(
      'Prints each access to the data of a patient, granted or refused, the newest first: when, who (by name where the clinic has one, else by role and id), with which app, what, why, and whether it was an emergency (break-glass). It is complete: all pages are read. The question is an entry of the audit itself.',
    )
    .argument('<patient>', "the patient's id")
    .option('--since <date>', 'from this day or instant on, as 2026-11-01 or 2026-11-01T08:00:00Z')
    .option('--until <date>', 'up to this day or instant, itself included')
    .addOption(
      new Option('-o, --output <format>', 'how to print it').choices(['table', 'json']).default('table'),
    )
    .action(async (patient: string, options: WhoSawOptions) => {
      const { whoSaw } = await import('../commands/who-saw.ts');
      finish(await whoSaw(patient, options, terminal));
    });
}

function addExport(audit: Command, terminal: Terminal, finish: (code: number) => void): void {
  asCompliance(onClinic(audit.command('export')))
    .summary('write the audit log into a folder, for careplane audit verify')
    .description(
      'Writes the checkpoint, tiles, entry bundles and sealed records of the audit log into a folder. Records are encrypted, and need a token of the role compliance; the rest needs none. A run that was interrupted goes on when it is started again; one into a former export adds what came since. The checkpoint is written last; that of a former export is kept in checkpoints/.',
    )
    .argument('<folder>', 'where to; it is made')
    .option('--no-records', 'the log alone, without the sealed records: without a token')
    .addOption(textOrJson())
    .action(async (folder: string, options: AuditExportOptions) => {
      const { exportTo } = await import('../commands/audit-export.ts');
      finish(await exportTo(folder, options, terminal));
    });
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
