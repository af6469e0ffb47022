import { Argument, Option } from 'commander';
import type { Command } from 'commander';
import type { DecryptOptions, EncryptOptions, KeygenOptions, ShareOptions } from './commands/documents.ts';
import { addClinicDocuments, forPeople } from './clinic-document-commands.ts';
import type { ShareDocumentOptions } from './commands/clinic-documents.ts';
import { asUser, collect, onClinic } from './flags.ts';
import type { Terminal } from './terminal.ts';

/** `careplane documents ...`. @param finish takes the exit code of a command that has come to its end */
export function addDocuments(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const documents = program
    .command('documents')
    .summary('encrypt, decrypt and share files that no server can read')
    .description(
      'Encrypts files to the keys of their recipients, on this machine, in the age format (age-encryption.org): files of the age program open here, and the other way round. Clinics store, share and route what they cannot read.',
    );
  addKeygen(documents, terminal, finish);
  addEncrypt(documents, terminal, finish);
  addDecrypt(documents, terminal, finish);
  addShare(documents, terminal, finish);
  addInspect(documents, terminal, finish);
  addClinicDocuments(documents, terminal, finish);
}

type Finish = (code: number) => void;

function addKeygen(documents: Command, terminal: Terminal, finish: Finish): void {
  writing(documents.command('keygen'))
    .summary('a new key')
    .description(
      'Writes a new secret key to a file that only you can read, and prints its public key and fingerprint. A hybrid key (X25519 with ML-KEM-768) resists quantum computers and is understood by age 1.3; an x25519 key by every age. A lost key is not replaceable: what is encrypted to it alone is lost, too.',
    )
    .addOption(new Option('--kind <kind>', 'which').choices(['hybrid', 'x25519']).default('hybrid'))
    .addOption(
      new Option('--public <file>', 'print the public keys of a file with secret keys instead').conflicts([
        'output',
        'force',
      ]),
    )
    .action(async (options: KeygenOptions) => {
      const { keygen } = await import('./commands/documents.ts');
      finish(await keygen(options, terminal));
    });
}

function addEncrypt(documents: Command, terminal: Terminal, finish: Finish): void {
  recipients(writing(documents.command('encrypt')))
    .summary('encrypt a file to recipients')
    .description(
      'Encrypts a file, so that only its recipients can read it: not even you, unless you are one of them.',
    )
    .addArgument(input())
    .option('-a, --armor', 'write text', false)
    .option('--passphrase-file <file>', 'encrypt to the passphrase in its first line; alone')
    .action(async (file: string | undefined, options: EncryptOptions) => {
      const { encryptFile } = await import('./commands/documents.ts');
      finish(await encryptFile(file, options, terminal));
    });
}

function addDecrypt(documents: Command, terminal: Terminal, finish: Finish): void {
  identities(writing(documents.command('decrypt')))
    .summary('decrypt a file')
    .description(
      'Decrypts a file, text or not. With -o the file appears only when all of it is authentic, and only you can read it; on the standard output each part appears once it is authenticated, and the exit code tells whether that was all.',
    )
    .addArgument(input())
    .option('--passphrase-file <file>', 'decrypt by the passphrase in its first line')
    .action(async (file: string | undefined, options: DecryptOptions) => {
      const { decryptFile } = await import('./commands/documents.ts');
      finish(await decryptFile(file, options, terminal));
    });
}

function addShare(documents: Command, terminal: Terminal, finish: Finish): void {
  forPeople(asUser(onClinic(recipients(identities(writing(documents.command('share')))))))
    .summary('give an encrypted file, or a document of a clinic, to other recipients')
    .description(
      'Makes the header anew for the recipients that are named, all of them; the encrypted content stays as it is. Who is no longer among them can still read what they have kept: for what they must not read, encrypt a new version.',
    )
    .addArgument(input())
    .option('-a, --armor', 'write text', false)
    .option('--header-only', 'write the new header without the content', false)
    .addOption(
      new Option(
        '--document <id>',
        'a document of a clinic, instead of a file: its header is replaced there',
      ).conflicts(['armor', 'headerOnly', 'output', 'force']),
    )
    .action(async (file: string | undefined, options: ShareOptions & Partial<ShareDocumentOptions>) => {
      const { document } = options;
      if (document !== undefined) {
        const { shareDocument } = await import('./commands/clinic-documents.ts');
        finish(await shareDocument({ ...options, document }, terminal));
        return;
      }
      const { shareFile } = await import('./commands/documents.ts');
      finish(await shareFile(file, options, terminal));
    });
}

function addInspect(documents: Command, terminal: Terminal, finish: Finish): void {
  documents
    .command('inspect')
    .summary('what an encrypted file tells without a key')
    .description(
      'Prints how many recipients of which kind an encrypted file has, and its size. Who they are is not in it.',
    )
    .addArgument(input())
    .action(async (file: string | undefined) => {
      const { inspectFile } = await import('./commands/documents.ts');
      finish(await inspectFile(file, terminal));
    });
}

function input(): Argument {
  return new Argument('[file]', 'default, and -: the standard input');
}

function writing(command: Command): Command {
  return command
    .option('-o, --output <file>', 'write to a file (default: the standard output)')
    .option('--force', 'replace the file that is there', false);
}

function recipients(command: Command): Command {
  return command
    .option('-r, --recipient <key>', 'public key, age1pq1... or age1...; may be repeated', collect)
    .option('-R, --recipients-file <file>', 'file with a public key in each line; may be repeated', collect);
}

function identities(command: Command): Command {
  return command.option('-i, --identity <file>', 'file with secret keys; may be repeated', collect);
}
