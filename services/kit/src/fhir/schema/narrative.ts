import { SaxesParser } from 'saxes';
import type { SaxesTagPlain } from 'saxes';

const XHTML = 'http://www.w3.org/1999/xhtml';

/** Chapters 7 to 11, 15 and 16 of HTML 4, a, img and style attributes (hl7.org/fhir/R4/narrative.html#xhtml); nothing that runs or loads. */
const ELEMENTS = new Set([
  ...['a', 'abbr', 'acronym', 'address', 'b', 'big', 'blockquote', 'br', 'caption', 'cite', 'code', 'col'],
  ...['colgroup', 'dd', 'del', 'dfn', 'div', 'dl', 'dt', 'em', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'i'],
  ...['img', 'ins', 'kbd', 'li', 'ol', 'p', 'pre', 'q', 's', 'samp', 'small', 'span', 'strong', 'sub', 'sup'],
  ...['table', 'tbody', 'td', 'tfoot', 'th', 'thead', 'tr', 'tt', 'u', 'ul', 'var', 'bdo'],
]);

const ATTRIBUTES = new Set([
  ...[
    'abbr',
    'align',
    'alt',
    'axis',
    'bgcolor',
    'border',
    'cellhalign',
    'cellpadding',
    'cellspacing',
    'cellvalign',
  ],
  ...[
    'char',
    'charoff',
    'class',
    'colspan',
    'compact',
    'dir',
    'frame',
    'headers',
    'height',
    'href',
    'hspace',
    'id',
  ],
  ...[
    'lang',
    'name',
    'noshade',
    'nowrap',
    'rowspan',
    'rules',
    'scope',
    'size',
    'span',
    'src',
    'start',
    'style',
  ],
  ...['summary', 'title', 'type', 'valign', 'value', 'vspace', 'width', 'xml:lang', 'xmlns'],
]);

/** Within the resource, or with the picture in it. */
const LOCAL = /^(?:#[\w.-]*|data:image\/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=]*)$/;

/**
 * What is wrong with a narrative's XHTML: one `div`, well-formed, with FHIR's elements only, no script, no event handler, nothing
 * that is loaded from elsewhere.
 * @returns undefined when nothing is
 */
export function narrativeFault(xhtml: string): string | undefined {
  const parser = new SaxesParser();
  const state: State = { fault: undefined, depth: 0, hasContent: false };
  const note = (fault: string | undefined): void => {
    state.fault ??= fault;
  };
  parser.on('error', () => {
    note('not well-formed XHTML');
  });
  parser.on('doctype', () => {
    note('a document type is not allowed');
  });
  parser.on('processinginstruction', () => {
    note('a processing instruction is not allowed');
  });
  parser.on('opentag', (tag) => {
    note(tagFault(tag, state.depth));
    state.depth += 1;
    if (tag.name === 'img') state.hasContent = true;
  });
  parser.on('closetag', () => {
    state.depth -= 1;
  });
  parser.on('text', (text) => {
    if (text.trim() !== '') state.hasContent = true;
  });
  parser.write(xhtml).close();
  return state.fault ?? (state.hasContent ? undefined : 'the narrative is empty');
}

interface State {
  fault: string | undefined;
  depth: number;
  hasContent: boolean;
}

function tagFault(tag: SaxesTagPlain, depth: number): string | undefined {
  if (depth === 0 && (tag.name !== 'div' || tag.attributes['xmlns'] !== XHTML)) {
    return `must be one div in the namespace ${XHTML}`;
  }
  if (!ELEMENTS.has(tag.name)) return 'an element that is not allowed in a narrative';
  for (const [name, value] of Object.entries(tag.attributes)) {
    if (!ATTRIBUTES.has(name)) return 'an attribute that is not allowed in a narrative';
    if (!isSafe(name, value)) return 'a reference outside of the narrative is not allowed';
  }
  return undefined;
}

function isSafe(name: string, value: string): boolean {
  if (name === 'href' || name === 'src') return LOCAL.test(value);
  if (name === 'xmlns') return value === XHTML;
  // comments and escapes could hide what follows
  return name !== 'style' || !/url|expression|import|behavior|binding|javascript|[\\@]|\/\*/i.test(value);
}
