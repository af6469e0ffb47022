import type { CollectionSpec } from '../../mongo/collections.ts';
import { turnCollection } from '../../mongo/turns.ts';
import type { ExportPart } from './part.ts';

/** What a client asked to be exported. */
export interface ExportRequest {
  readonly types: readonly string[];
  /** Resources that changed then or later. */
  readonly since?: Date;
  /** Those about these patients; absent: about all of whom the client may see. */
  readonly patients?: readonly string[];
  /** The address that was asked, for the manifest. */
  readonly url: string;
}

/** Whose export it is. */
export interface ExportOwner {
  readonly subject: string;
  readonly client: string;
}

/** An export, while its files are counted out and afterwards. It holds no data of a patient but ids. */
export interface ExportJob extends ExportOwner {
  _id: string;
  url: string;
  types: string[];
  since?: Date;
  patients?: string[];
  /** Everything that was committed before it is in the export; the next one asks for what came since. */
  transactionTime: Date;
  state: 'planning' | 'complete';
  /** How far the planning has come: the index of the type, and where its next part begins. */
  at: number;
  after?: string;
  files: number;
  /** Who plans it, and until when nobody else does. */
  holder: string;
  leaseUntil: Date;
  expiresAt: Date;
}

/** One file of an export: what it is to show. The resources are read when the file is. */
export interface ExportFile {
  _id: string;
  job: string;
  number: number;
  type: string;
  part: ExportPart;
  since?: Date;
  expiresAt: Date;
}

export const EXPORT_JOBS = 'exports';
export const EXPORT_FILES = 'export_files';
export const EXPORT_TURNS = 'export_turns';

/** To be declared by a service that exports. MongoDB deletes what has expired; until then nothing answers it. */
export const exportCollections: readonly CollectionSpec[] = [
  turnCollection(EXPORT_TURNS),
  {
    name: EXPORT_JOBS,
    indexes: [
      { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
      { key: { state: 1, leaseUntil: 1 }, name: 'waiting' },
      { key: { client: 1, subject: 1 }, name: 'owner' },
    ],
  },
  {
    name: EXPORT_FILES,
    indexes: [
      { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
      { key: { job: 1, number: 1 }, name: 'job_number' },
    ],
  },
];
