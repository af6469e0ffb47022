/** What the page says beside the accesses, which the audit tells. */
export interface PageWords {
  readonly title: string;
  readonly intro: string;
  readonly forWhom: string;
  readonly when: string;
  readonly who: string;
  readonly what: string;
  readonly outcome: string;
  readonly from: string;
  readonly until: string;
  readonly show: string;
  readonly none: string;
  readonly earlier: string;
  readonly newest: string;
  readonly unwanted: string;
  readonly sessions: string;
  readonly account: string;
}

const EN: PageWords = {
  title: 'Who saw my record',
  intro:
    'Everything that was done with your record, also what was refused, the newest first. Times are in UTC. Each look at this page is listed, too.',
  forWhom: 'Record of',
  when: 'When',
  who: 'Who',
  what: 'What',
  outcome: 'Outcome',
  from: 'From (day)',
  until: 'Up to (day)',
  show: 'Show',
  none: 'There is nothing in this time.',
  earlier: 'What was before',
  newest: 'The newest',
  unwanted:
    'You do not recognise something? Ask the clinic. In your app you can withdraw a consent, and here end what is logged in as you.',
  sessions: 'Where you are logged in',
  account: 'Your account',
};

const DE: PageWords = {
  title: 'Wer meine Akte gesehen hat',
  intro:
    'Alles, was mit Ihrer Akte getan wurde, auch was abgelehnt wurde, das Neueste zuerst. Zeiten in UTC. Auch jeder Blick auf diese Seite steht hier.',
  forWhom: 'Akte von',
  when: 'Wann',
  who: 'Wer',
  what: 'Was',
  outcome: 'Ergebnis',
  from: 'Von (Tag)',
  until: 'Bis (Tag)',
  show: 'Anzeigen',
  none: 'In dieser Zeit gibt es nichts.',
  earlier: 'Was davor war',
  newest: 'Das Neueste',
  unwanted:
    'Sie erkennen etwas nicht wieder? Fragen Sie die Praxis. In Ihrer App können Sie eine Einwilligung zurücknehmen und hier beenden, was als Sie angemeldet ist.',
  sessions: 'Wo Sie angemeldet sind',
  account: 'Ihr Konto',
};

const ES: PageWords = {
  title: 'Quién ha visto mi historia clínica',
  intro:
    'Todo lo que se ha hecho con su historia clínica, también lo que se rechazó, lo más reciente primero. Las horas son UTC. Cada consulta de esta página también figura aquí.',
  forWhom: 'Historia clínica de',
  when: 'Cuándo',
  who: 'Quién',
  what: 'Qué',
  outcome: 'Resultado',
  from: 'Desde (día)',
  until: 'Hasta (día)',
  show: 'Mostrar',
  none: 'No hay nada en este periodo.',
  earlier: 'Lo anterior',
  newest: 'Lo más reciente',
  unwanted:
    '¿No reconoce algo? Pregunte a la clínica. En su aplicación puede retirar un consentimiento, y aquí cerrar las sesiones abiertas con su nombre.',
  sessions: 'Dónde ha iniciado sesión',
  account: 'Su cuenta',
};

const WORDS: Readonly<Record<string, PageWords>> = { en: EN, de: DE, es: ES };

/** The words in the language that the audit has chosen. */
export function wordsIn(language: string): PageWords {
  return WORDS[language] ?? EN;
}
