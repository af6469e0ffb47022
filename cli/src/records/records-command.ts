import type { Command } from 'commander';
import type { RecordsExportOptions } from '../commands/records-export.ts';
import { asApp, collect, onClinic, textOrJson } from '../flags.ts';
import type { Terminal } from '../terminal.ts';

/**
 * Adds `careplane records`.
 * @param finish takes the exit code of a command that has come to its end
 */
export function addRecords(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const records = program
    .command('records')
    .summary('the medical records of a clinic')
    .description('Exports the medical records of a clinic, as far as an app may see them.');
  asApp(onClinic(records.command('export')))
    .summary('write the medical records that an app may see into a folder')
    .description(
      'Exports medical records in bulk (FHIR Bulk Data Access) into NDJSON files, which are not encrypted and only you can read. It needs a token of a backend app with scopes as system/*.rs. A file is there when all of it has come; manifest.json is written last. A run that was killed or lost its connection goes on when it is started again; Ctrl-C cancels the export and removes its files.',
    )
    .argument('<folder>', 'where to; it is made')
    .option('--type <type>', 'resource type; may be repeated (default: all that the scopes name)', collect)
    .option(
      '--since <instant>',
      'what changed then or later, as 2026-11-01T00:00:00Z: the transactionTime of the former manifest.json',
    )
    .addOption(textOrJson())
    .action(async (folder: string, options: RecordsExportOptions) => {
      const { exportRecords } = await import('../commands/records-export.ts');
      finish(await exportRecords(folder, options, terminal));
    });
}
