import { isDuplicateKey } from '@careplane/kit';
import type { Collection, CollectionSpec, Mongo } from '@careplane/kit';
import { Binary } from 'mongodb';
import type { ByteRange } from '../chunks/index.ts';
import { BlobExists, BlobMissing } from './blob-store.ts';
import type { BlobStore, ListedBlob } from './blob-store.ts';
import { regrouped } from './regroup.ts';

/** Bytes in one document of the database: GridFS's own default. Larger ones make fewer writes, and take more memory at a time. */
const PIECE_BYTES = 261_120;
/** Documents that are read at once. */
const READ_AHEAD = 4;
const LISTED_AT_ONCE = 500;

/** `fs.files` and `fs.chunks` of the GridFS specification, under the names of this service. */
interface FileRecord {
  _id: string;
  filename: string;
  length: number;
  chunkSize: number;
  uploadDate: Date;
  metadata: { state: 'writing' | 'whole' | 'deleting' };
}

interface PieceRecord {
  files_id: string;
  n: number;
  data: Binary;
}

const FILES = 'contents.files';
const PIECES = 'contents.chunks';

/** The collections that `gridFsBlobs` needs. */
export const gridFsCollections = [
  { name: FILES, indexes: [{ key: { uploadDate: 1, _id: 1 }, name: 'begun' }] },
  { name: PIECES, indexes: [{ key: { files_id: 1, n: 1 }, name: 'piece', unique: true }] },
] as const satisfies readonly CollectionSpec[];

/**
 * Blobs in GridFS, in its format (any GridFS tool reads them), over the kit's collections: the driver's own bucket inserts into whatever
 * has the name, also on an empty database. A blob is noted before its first piece, so that one that is never finished can be found.
 */
export function gridFsBlobs(mongo: Mongo): BlobStore {
  const files = mongo.collection<FileRecord>(FILES);
  const pieces = mongo.collection<PieceRecord>(PIECES);
  return {
    async put(name, source) {
      const begun = { _id: name, filename: name, length: 0, chunkSize: PIECE_BYTES, uploadDate: new Date() };
      await begin(files, { ...begun, metadata: { state: 'writing' } });
      let [n, length] = [0, 0];
      for await (const bytes of regrouped(source, PIECE_BYTES)) {
        await pieces.insert([{ files_id: name, n, data: new Binary(bytes) }]);
        n += 1;
        length += bytes.length;
      }
      const whole = { $set: { length, 'metadata.state': 'whole' as const } };
      const { matchedCount } = await files.updateOne({ _id: name, 'metadata.state': 'writing' }, whole);
      if (matchedCount !== 1) throw new BlobMissing(name); // it was deleted meanwhile
    },
    read: (name, range) => read({ files, pieces }, name, range),
    async size(name) {
      return (await wholeFile(files, name))?.length;
    },
    async delete(name) {
      await files.updateOne({ _id: name }, { $set: { 'metadata.state': 'deleting' } });
      await pieces.deleteMany({ files_id: name });
      await files.deleteMany({ _id: name });
    },
    list: (before) => list(files, before),
  };
}

async function begin(files: Collection<FileRecord>, file: FileRecord): Promise<void> {
  try {
    await files.insert([file]);
  } catch (error) {
    if (isDuplicateKey(error)) throw new BlobExists(file._id);
    throw error;
  }
}

function wholeFile(files: Collection<FileRecord>, name: string): Promise<FileRecord | null> {
  return files.findOne({ _id: name, 'metadata.state': 'whole' });
}

interface GridFs {
  readonly files: Collection<FileRecord>;
  readonly pieces: Collection<PieceRecord>;
}

async function* read(
  { files, pieces }: GridFs,
  name: string,
  { start, end }: ByteRange,
): AsyncGenerator<Uint8Array> {
  const file = await wholeFile(files, name);
  if (!file || end >= file.length) throw new BlobMissing(name);
  const { chunkSize } = file;
  const last = Math.floor(end / chunkSize);
  for (let next = Math.floor(start / chunkSize); next <= last;) {
    const to = Math.min(last, next + READ_AHEAD - 1);
    const found = await pieces.find({ files_id: name, n: { $gte: next, $lte: to } }, { sort: { n: 1 } });
    if (found.length !== to - next + 1) throw new BlobMissing(name);
    for (const { n, data } of found) {
      const from = Math.max(0, start - n * chunkSize);
      yield data.buffer.subarray(from, Math.min(data.position, end + 1 - n * chunkSize));
    }
    next = to + 1;
  }
}

async function* list(files: Collection<FileRecord>, before: Date): AsyncGenerator<ListedBlob> {
  for (let after = ''; ;) {
    const found = await files.find(
      { _id: { $gt: after }, uploadDate: { $lt: before } },
      { sort: { _id: 1 }, limit: LISTED_AT_ONCE, projection: { uploadDate: 1 } },
    );
    for (const { _id, uploadDate } of found) yield { name: _id, begunAt: uploadDate };
    const last = found.at(-1);
    if (!last) return;
    after = last._id;
  }
}

/** How many blobs there are, unfinished ones among them. */
export function countGridFs(mongo: Mongo): Promise<number> {
  return mongo.collection<FileRecord>(FILES).count({ uploadDate: { $gt: new Date(0) } });
}
