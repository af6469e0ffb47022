import type { PrinterColumn } from './kind.ts';

const READY = ".status.conditions[?(@.type=='Ready')]";

/** The first column of every kind. */
export const readyColumn: PrinterColumn = {
  name: 'Ready',
  type: 'string',
  jsonPath: `${READY}.status`,
  description: 'Whether everything that the object asks for is there.',
};

/** The last columns of every kind; the reason shows with `-o wide`. */
export const commonColumns: readonly PrinterColumn[] = [
  {
    name: 'Reason',
    type: 'string',
    jsonPath: `${READY}.reason`,
    description: 'Why the object is not ready.',
    priority: 1,
  },
  {
    name: 'Age',
    type: 'date',
    jsonPath: '.metadata.creationTimestamp',
    description: 'Since when it exists.',
  },
];
