/** One e-mail as the sink keeps it. */
export interface StoredMail {
  /** Message-ID header without the angle brackets (RFC 5322, 3.6.4); two mails with the same one are one mail. */
  readonly messageId: string;
  /** When the first copy was taken. */
  readonly received: Date;
  readonly from: string;
  readonly to: readonly string[];
  /** The header X-Careplane-About: the topic by which notifications sends it; empty for mails of others. */
  readonly about: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Which mails to list: to this address, taken at or after this time, the latest `limit` of them. */
export interface MailFilter {
  readonly to?: string | undefined;
  readonly since?: Date | undefined;
}

/** Totals since the start or the last clearing; unlike the list they do not forget what was evicted. */
export interface MailTotals {
  /** Mails taken, each Message-ID once. */
  readonly received: number;
  /** Further copies of a mail that was here already. */
  readonly duplicates: number;
}

/**
 * The last `capacity` e-mails, in memory. De-duplicates by Message-ID as mail stores do; a copy that arrives after its
 * original was evicted counts as new.
 */
export class Mailbox {
  readonly #capacity: number;
  readonly #mails = new Map<string, StoredMail>();
  #received = 0;
  #duplicates = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get totals(): MailTotals {
    return { received: this.#received, duplicates: this.#duplicates };
  }

  /** Keeps a mail and tells whether it is new. */
  add(mail: StoredMail): boolean {
    if (this.#mails.has(mail.messageId)) {
      this.#duplicates += 1;
      return false;
    }
    this.#received += 1;
    this.#mails.set(mail.messageId, mail);
    this.#evict();
    return true;
  }

  /** The kept mails that match, oldest first. */
  matching(filter: MailFilter): StoredMail[] {
    const to = filter.to?.toLowerCase();
    const since = filter.since?.getTime() ?? -Infinity;
    return [...this.#mails.values()].filter(
      (mail) =>
        mail.received.getTime() >= since &&
        (to === undefined || mail.to.some((one) => one.toLowerCase() === to)),
    );
  }

  /** Forgets every mail and the totals. */
  clear(): void {
    this.#mails.clear();
    this.#received = 0;
    this.#duplicates = 0;
  }

  #evict(): void {
    if (this.#mails.size <= this.#capacity) return;
    // A Map iterates in the order of insertion: the first key is the oldest mail.
    const oldest = this.#mails.keys().next();
    if (!oldest.done) this.#mails.delete(oldest.value);
  }
}
