import { HttpProblem, TooManyRequests } from '@careplane/kit';
import type { Refusal } from './record.ts';

/** 409: the upload is at another byte. */
export class OffsetConflict extends HttpProblem {
  override readonly name = 'OffsetConflict';
  readonly offset: number;

  constructor(offset: number) {
    super(409, 'Conflict', {
      detail: 'The upload goes on at another offset: ask for it and send from there',
      headers: { 'upload-offset': String(offset) },
    });
    this.offset = offset;
  }
}

/** 460 (tus 1.0, Checksum): the bytes of one request are not those that the sender has hashed; none of them is kept. */
export class ChecksumMismatch extends HttpProblem {
  override readonly name = 'ChecksumMismatch';

  constructor() {
    super(460, 'Checksum mismatch', {
      detail: 'The bytes that came do not fit their checksum: send them again',
    });
  }
}

/** 413: more bytes than a content may have, or than were declared. */
export class ContentTooLarge extends HttpProblem {
  override readonly name = 'ContentTooLarge';

  constructor(mostBytes: number) {
    super(413, 'The content is too large', {
      detail: `It may have ${String(mostBytes)} bytes`,
      headers: { connection: 'close' },
    });
  }
}

const WHY: Readonly<Record<Refusal, string>> = {
  checksum: 'The content does not fit the checksum that was declared',
  'media-type': 'The content is not of the media type that was declared',
  malware: 'The content was found to be malware',
  'age-file':
    'The content is no age file that somebody can open: its header is broken, too long or for nobody, or its payload was cut',
};

/** 422: the content was checked, and is not kept. */
export class ContentRefused extends HttpProblem {
  override readonly name = 'ContentRefused';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(422, 'Not processable', { detail: WHY[refusal], extensions: { reason: refusal } });
    this.refusal = refusal;
  }
}

/** Whether nothing of a content was inserted for sure: else its blob stays for `collect`, since a record may name it. */
export function isAnswer(error: unknown): boolean {
  return error instanceof ContentRefused || error instanceof TooManyRequests;
}
