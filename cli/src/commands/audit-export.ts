import { exportLog } from '../audit/export-log.ts';
import type { Exported } from '../audit/export-log.ts';
import { progressOn } from '../output/progress.ts';
import { remoteLog } from '../audit/remote-log.ts';
import { findGateway, type EntranceOptions } from '../clinic/entrance.ts';
import { Gateway } from '../clinic/gateway.ts';
import { tokenFrom, type TokenOptions } from '../clinic/token.ts';
import type { ClusterOptions } from '../kubeconfig.ts';
import { indented } from '../output/json.ts';
import { INTERRUPTED } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';

export interface AuditExportOptions extends ClusterOptions, EntranceOptions, TokenOptions {
  records: boolean;
  output: 'text' | 'json';
}

/** `careplane audit export`. */
export async function exportTo(
  folder: string,
  options: AuditExportOptions,
  terminal: Terminal,
): Promise<number> {
  const token = tokenFrom(options, terminal.env);
  if (options.records) await token(); // what is missing is said before anything is written
  const gateway = new Gateway(await findGateway(options, terminal));
  const progress = progressOn(terminal, 'entries exported');
  try {
    const log = remoteLog({ gateway, token, signal: terminal.signal });
    const exported = await exportLog(log, folder, { withRecords: options.records, progress: progress.show });
    progress.clear();
    terminal.out(options.output === 'json' ? indented(exported) : rendered(exported, folder, options));
    return 0;
  } catch (error) {
    if (!terminal.signal.aborted) throw error;
    terminal.err(`interrupted: the same command goes on where it was\n`);
    return INTERRUPTED;
  } finally {
    progress.clear();
    await gateway.close();
  }
}

function rendered(
  { origin, size, former }: Exported,
  folder: string,
  { records }: AuditExportOptions,
): string {
  const since = former === 0 ? '' : ` --since ${folder}/checkpoints/${former}`;
  return [
    `log          ${origin}\n`,
    `entries      ${size}${former === 0 ? '' : `, ${size - former} more than before`}\n`,
    `next         careplane audit verify ${folder} --key <file>${since}${records ? '' : ' --no-records'}\n`,
  ].join('');
}
