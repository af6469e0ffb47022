import type { PatientChoice } from '../oidc/patients-of.ts';
import { html } from '../pages/html.ts';
import type { Html } from '../pages/html.ts';
import type { Page } from '../pages/layout.ts';
import type { AccessPage, RecordAccess } from './record-accesses.ts';
import { wordsIn } from './words.ts';
import type { PageWords } from './words.ts';

/** What the page is asked for; days are as the browser sends them, `YYYY-MM-DD`, or empty. */
export interface Shown {
  readonly patient: string;
  readonly from: string;
  readonly until: string;
  readonly cursor?: string;
}

export const ACCESSES = '/account/accesses';

/** The page: who did what with a record, as a table. It needs no script. */
export function accessesPage(
  shown: Shown,
  choices: readonly PatientChoice[],
  { language, accesses, next }: AccessPage,
): Page {
  const words = wordsIn(language);
  return {
    title: words.title,
    language,
    body: html`<p>${words.intro}</p>
      ${choiceForm(shown, choices, words)}
      ${accesses.length === 0 ? html`<p>${words.none}</p>` : table(accesses, words)}
      <p>
        ${next !== undefined && link({ ...shown, cursor: next }, words.earlier)}
        ${shown.cursor !== undefined && link({ ...shown, cursor: '' }, words.newest)}
      </p>
      <p>${words.unwanted}</p>
      <ul>
        <li><a href="/account/sessions">${words.sessions}</a></li>
        <li><a href="/account">${words.account}</a></li>
      </ul>`,
  };
}

/** A GET: the address says what is shown, and nothing is changed. */
function choiceForm(
  { patient, from, until }: Shown,
  choices: readonly PatientChoice[],
  words: PageWords,
): Html {
  return html`<form method="get" action="${ACCESSES}">
    ${
      choices.length > 1 &&
      html`<div class="field">
        <label for="patient">${words.forWhom}</label>
        <select id="patient" name="patient">
          ${choices.map(
            ({ id, label }) =>
              html`<option value="${id}" ${id === patient && html`selected`}>${label}</option>`,
          )}
        </select>
      </div>`
    }
    ${day('from', words.from, from)} ${day('until', words.until, until)}
    <div class="buttons"><button type="submit" class="second">${words.show}</button></div>
  </form>`;
}

function day(name: string, label: string, value: string): Html {
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <input id="${name}" name="${name}" type="date" value="${value}" />
  </div>`;
}

function table(accesses: readonly RecordAccess[], words: PageWords): Html {
  return html`<table>
    <thead>
      <tr>
        <th scope="col">${words.when}</th>
        <th scope="col">${words.who}</th>
        <th scope="col">${words.what}</th>
        <th scope="col">${words.outcome}</th>
      </tr>
    </thead>
    <tbody>
      ${accesses.map(row)}
    </tbody>
  </table>`;
}

function row({ id, recorded, result, who, what, why, outcome, emergency }: RecordAccess): Html {
  return html`<tr id="${id}">
    <td><time datetime="${recorded}">${recorded.slice(0, 16).replace('T', ' ')}</time></td>
    <td>${who}</td>
    <td>${what}${why !== undefined && ` (${why})`}</td>
    <td>
      ${result === 'granted' ? outcome : html`<strong>${outcome}</strong>`}
      ${emergency !== undefined && html`<strong class="emergency">${emergency}</strong>`}
    </td>
  </tr>`;
}

function link({ patient, from, until, cursor = '' }: Shown, label: string): Html {
  const query = new URLSearchParams({ patient, from, until, ...(cursor === '' ? {} : { cursor }) });
  return html`<a href="${`${ACCESSES}?${query.toString()}`}">${label}</a> `;
}
