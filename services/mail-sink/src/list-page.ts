import { escapeHtml } from '@careplane/kit';
import type { MailTotals, StoredMail } from './mailbox.ts';

function row(mail: StoredMail): string {
  const cells = [mail.received.toISOString(), mail.to.join(', '), mail.subject, mail.text];
  return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
}

/** The page at `/`: the given mails in a table. Everything in a mail is a stranger's text and is escaped. */
export function renderList(mails: readonly StoredMail[], totals: MailTotals): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Mail sink</title></head>
<body>
<h1>Mail sink</h1>
<p>${totals.received} e-mails received, ${totals.duplicates} duplicates; the latest ${mails.length}:</p>
<table>
<thead><tr><th>Received</th><th>To</th><th>Subject</th><th>Text</th></tr></thead>
<tbody>
${mails.map(row).join('\n')}
</tbody>
</table>
</body>
</html>
`;
}
