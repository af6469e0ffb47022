import { accessesTo } from '../audit/who-saw.ts';
import type { Access } from '../audit/who-saw.ts';
import { findGateway, type EntranceOptions } from '../clinic/entrance.ts';
import { Gateway } from '../clinic/gateway.ts';
import { tokenFrom, type TokenOptions } from '../clinic/token.ts';
import type { ClusterOptions } from '../kubeconfig.ts';
import { indented } from '../output/json.ts';
import { table } from '../output/table.ts';
import type { Terminal } from '../terminal.ts';

export interface WhoSawOptions extends ClusterOptions, EntranceOptions, TokenOptions {
  since?: string;
  until?: string;
  output: 'table' | 'json';
}

/** `careplane audit who-saw`. */
export async function whoSaw(patient: string, options: WhoSawOptions, terminal: Terminal): Promise<number> {
  const token = tokenFrom(options, terminal.env);
  await token(); // what is missing is said before the cluster is asked
  const gateway = new Gateway(await findGateway(options, terminal));
  const { since, until } = options;
  try {
    const accesses: Access[] = [];
    const asked = { gateway, token, signal: terminal.signal };
    for await (const access of accessesTo({ patient, since, until }, asked)) accesses.push(access);
    if (options.output === 'json') terminal.out(indented(accesses));
    else if (accesses.length === 0) terminal.err('nobody has looked at this record in that time\n');
    else terminal.out(render(accesses));
    return 0;
  } finally {
    await gateway.close();
  }
}

function render(accesses: readonly Access[]): string {
  return table(
    ['WHEN', 'WHO', 'WITH', 'WHAT', 'WHY', 'OUTCOME', ''],
    accesses.map(({ when, who, app = '-', what, why, outcome, emergency }) =>
      [
        when.replace('T', ' ').replace(/\.\d+Z$/, 'Z'),
        who,
        app,
        what,
        why,
        outcome,
        emergency ? 'EMERGENCY' : '',
      ].map(printable),
    ),
  );
}

/** Names are what somebody has typed: none moves the cursor or colours the screen. */
function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, ' ');
}
