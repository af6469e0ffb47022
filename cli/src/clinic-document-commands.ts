import type { Command } from 'commander';
import type {
  DownloadOptions,
  KeysListOptions,
  UploadOptions,
  UserOptions,
} from './commands/clinic-documents.ts';
import { asUser, collect, onClinic, textOrJson } from './flags.ts';
import type { Terminal } from './terminal.ts';

type Finish = (code: number) => void;

/** The commands of `careplane documents` that talk to a clinic, as its user. */
export function addClinicDocuments(documents: Command, terminal: Terminal, finish: Finish): void {
  addUpload(documents, terminal, finish);
  addDownload(documents, terminal, finish);
  const keys = documents
    .command('keys')
    .summary('public keys in the directory of a clinic')
    .description('Publishes, lists and ends the public keys to which others encrypt documents for you.');
  addPublish(keys, terminal, finish);
  addList(keys, terminal, finish);
  addEnd(keys, terminal, finish);
}

function addUpload(documents: Command, terminal: Terminal, finish: Finish): void {
  forPeople(asUser(onClinic(documents.command('upload'))))
    .summary('encrypt a file and give it to a clinic')
    .description(
      'Encrypts a file on this machine and uploads it as a document of a patient. The clinic can store and share it, and cannot read it. Prints the id of the document. What breaks off goes on by itself.',
    )
    .argument('<file>', 'what to upload')
    .requiredOption('--patient <reference>', 'whose record it belongs to: Patient/<id>')
    .option('-r, --recipient <key>', 'public key, age1pq1... or age1...; may be repeated', collect)
    .option('-R, --recipients-file <file>', 'file with a public key in each line; may be repeated', collect)
    .option('--description <text>', 'what the document is; the clinic can read this')
    .option('--as-is', 'the file is encrypted already, by this program or age', false)
    .action(async (file: string, options: UploadOptions) => {
      const { uploadDocument } = await import('./commands/clinic-documents.ts');
      finish(await uploadDocument(file, options, terminal));
    });
}

function addDownload(documents: Command, terminal: Terminal, finish: Finish): void {
  asUser(onClinic(documents.command('download')))
    .summary('fetch a document of a clinic and decrypt it')
    .description(
      'Downloads a document and decrypts it on this machine. With -o the file appears only when all of it is authentic, and only you can read it.',
    )
    .argument('<id>', 'of the document: what upload has printed, or the Binary in its DocumentReference')
    .option('-i, --identity <file>', 'file with secret keys; may be repeated', collect)
    .option('-o, --output <file>', 'write to a file (default: the standard output)')
    .option('--force', 'replace the file that is there', false)
    .option('--as-is', 'do not decrypt: write the age file', false)
    .action(async (id: string, options: DownloadOptions) => {
      const { downloadDocument } = await import('./commands/clinic-documents.ts');
      finish(await downloadDocument(id, options, terminal));
    });
}

function addPublish(keys: Command, terminal: Terminal, finish: Finish): void {
  asUser(onClinic(keys.command('publish')))
    .summary('publish your public keys')
    .description(
      'Publishes the public keys of a file with secret keys, which stays where it is. You are told by mail. Needs a token with the scope careplane/keys.',
    )
    .argument('<file>', 'file with secret keys, of keygen')
    .action(async (file: string, options: UserOptions) => {
      const { publishKeys } = await import('./commands/clinic-documents.ts');
      finish(await publishKeys(file, options, terminal));
    });
}

function addList(keys: Command, terminal: Terminal, finish: Finish): void {
  asUser(onClinic(keys.command('list')))
    .summary('the public keys of people')
    .description(
      'Lists the keys of people whom you may see, with fingerprints to compare, also those that have ended.',
    )
    .argument('<owner...>', 'Patient/<id> or Practitioner/<id>')
    .addOption(textOrJson())
    .action(async (owners: string[], options: KeysListOptions) => {
      const { listKeys } = await import('./commands/clinic-documents.ts');
      finish(await listKeys(owners, options, terminal));
    });
}

function addEnd(keys: Command, terminal: Terminal, finish: Finish): void {
  asUser(onClinic(keys.command('end')))
    .summary('end one of your public keys')
    .description(
      'Nobody encrypts to the key from now on; what was encrypted to it before still opens with its secret key.',
    )
    .argument('<id>', 'of the key: what publish and list print')
    .action(async (id: string, options: UserOptions) => {
      const { endKey } = await import('./commands/clinic-documents.ts');
      finish(await endKey(id, options, terminal));
    });
}

/** The flags of commands that take recipients from the directory of a clinic. */
export function forPeople(command: Command): Command {
  return command
    .option(
      '--for <owner>',
      'for the published keys of Patient/<id> or Practitioner/<id>; may be repeated',
      collect,
    )
    .option(
      '--known-keys <file>',
      'remember the fingerprints of people there, and refuse a key that comes later until you have added it',
    );
}
