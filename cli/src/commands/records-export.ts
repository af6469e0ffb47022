import { progressOn } from '../output/progress.ts';
import { findGateway, type EntranceOptions } from '../clinic/entrance.ts';
import { Gateway } from '../clinic/gateway.ts';
import { tokenFrom, type TokenOptions } from '../clinic/token.ts';
import { Failure } from '../failure.ts';
import type { ClusterOptions } from '../kubeconfig.ts';
import { indented } from '../output/json.ts';
import { ExportFolder, named } from '../records/export-folder.ts';
import { ExportGone, remoteExport } from '../records/remote-export.ts';
import type { Manifest, RemoteExport } from '../records/remote-export.ts';
import { INTERRUPTED } from '../terminal.ts';
import type { Terminal } from '../terminal.ts';

export interface RecordsExportOptions extends ClusterOptions, EntranceOptions, TokenOptions {
  type?: string[];
  since?: string;
  output: 'text' | 'json';
}

/** `careplane records export`. */
export async function exportRecords(
  path: string,
  options: RecordsExportOptions,
  terminal: Terminal,
): Promise<number> {
  const token = tokenFrom(options, terminal.env, 'of a backend app');
  await token(); // what is missing is said before anything is written
  const gateway = new Gateway(await findGateway(options, terminal));
  const progress = progressOn(terminal, 'files exported');
  try {
    const remote = remoteExport({ gateway, token, signal: terminal.signal });
    const folder = await ExportFolder.open(path);
    const manifest = await exportInto(folder, {
      remote,
      request: requestOf(options),
      show: progress.show,
      terminal,
    });
    progress.clear();
    if (manifest === undefined) {
      terminal.err(`interrupted: the export is cancelled, and its files are removed\n`);
      return INTERRUPTED;
    }
    const { transactionTime, output } = manifest;
    const done = { folder: path, files: output.length, transactionTime };
    terminal.out(options.output === 'json' ? indented(done) : rendered(done));
    return 0;
  } finally {
    progress.clear();
    await gateway.close();
  }
}

interface Work {
  readonly remote: RemoteExport;
  readonly request: string;
  readonly show: (done: number, of: number) => void;
  readonly terminal: Terminal;
}

/** @returns the manifest; undefined when the export was cancelled by the signal */
async function exportInto(folder: ExportFolder, work: Work): Promise<Manifest | undefined> {
  const { remote, request, show, terminal } = work;
  const former = await folder.begun(request);
  const place = former?.place ?? (await remote.begin(request));
  if (former === undefined) await folder.begin({ request, place });
  let manifest: Manifest;
  try {
    manifest = await remote.manifest(place);
    for (const [index, file] of manifest.output.entries()) {
      await folder.keep(named(file, index).file, (take) => remote.file(file.url, take));
      show(index + 1, manifest.output.length);
    }
  } catch (error) {
    if (error instanceof ExportGone)
      throw new Failure('the clinic has this export no more, or has it for another app: name another folder');
    if (!terminal.signal.aborted) throw error;
    await folder.discard();
    await forget(place, work);
    return undefined;
  }
  await folder.end(manifest);
  await forget(place, work);
  return manifest;
}

/** Ends the export at the clinic, which does so by itself within a day: that it is away is no failure here. */
async function forget(place: string, { remote, terminal }: Work): Promise<void> {
  try {
    await remote.remove(place);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    terminal.err(`the clinic keeps the list of files until it expires: ${error.message}\n`);
  }
}

function requestOf({ type = [], since }: RecordsExportOptions): string {
  const query = new URLSearchParams();
  if (type.length > 0) query.set('_type', type.join(','));
  if (since !== undefined) query.set('_since', since);
  return `/fhir/R4/$export${query.size === 0 ? '' : `?${query.toString()}`}`;
}

function rendered({
  folder,
  files,
  transactionTime,
}: {
  readonly folder: string;
  readonly files: number;
  readonly transactionTime: string;
}): string {
  return [
    `files        ${String(files)} in ${folder}\n`,
    `next         careplane records export <folder> --since ${transactionTime}\n`,
  ].join('');
}
