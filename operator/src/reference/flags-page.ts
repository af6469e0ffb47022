import { describeFlags } from '../config.ts';
import { tablePage } from './table-page.ts';

/** docs/reference/operator-flags.md: every flag with its variable and default. */
export function flagsPage(): string {
  return tablePage({
    title: 'Flags of the operator',
    introduction:
      'Each flag can also be given by its variable; the flag wins. `careplane-operator --help` prints the same. ' +
      'The chart passes them from its values (`charts/careplane/values.yaml`).',
    head: ['Flag', 'Variable', 'Default', 'What it is'],
    rows: describeFlags().map(({ flag, variable, fallback, description }) => [
      `\`${flag}\``,
      `\`${variable}\``,
      fallback === '' ? '' : `\`${fallback}\``,
      description,
    ]),
  });
}
