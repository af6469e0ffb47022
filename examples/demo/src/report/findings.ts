/** The counts of a run. */
export interface Figures {
  readonly patients: number;
  /** Patients that were new to the clinic: each receives a welcome. */
  readonly registered: number;
  /** Those of them who registered themselves: their addresses are verified by e-mail. */
  readonly registeredByPages: number;
  readonly practitioners: number;
  readonly wished: number;
  readonly booked: number;
  readonly doubles: { readonly attempted: number; readonly refused: number };
  readonly readBack: { readonly rest: number; readonly graphql: number };
  /** Appointments that an app for analytics saw, of the newest thousand, those of former runs included. */
  readonly counted: number;
  readonly withdrawal: { readonly effectiveMs: number };
  readonly events: {
    readonly bookedPublished: number;
    readonly bookedConsumed: number;
    readonly registeredPublished: number;
    readonly registeredConsumed: number;
    readonly dead: number;
    /**
     * Pods that ended during the run: their counts after their last reading are lost, so the numbers may be too low.
     */
    readonly endedPods: number;
  };
  readonly mails: { readonly delivered: number; readonly duplicates: number };
}

/** Services that consume `appointment.booked`: identity learns who treats whom, notifications sends the e-mail. */
export const BOOKED_CONSUMERS = 2;

/** The number of expected e-mails: one for each booking, one for each new patient, one for each address that is verified. */
export function mailsExpected(figures: Pick<Figures, 'booked' | 'registered' | 'registeredByPages'>): number {
  return figures.booked + figures.registered + figures.registeredByPages;
}

/**
 * Whether all events and e-mails have arrived. When pods ended during the run, only the e-mails count: each proves the
 * delivery of one event.
 */
export function isSettled(figures: Figures): boolean {
  const { booked, registered, events, mails } = figures;
  const isCounted =
    events.bookedPublished >= booked &&
    events.bookedConsumed >= booked * BOOKED_CONSUMERS &&
    events.registeredConsumed >= registered;
  return mails.delivered >= mailsExpected(figures) && (isCounted || events.endedPods > 0);
}

/** The wrong counts, as text; empty when all are as expected. */
export function findings(figures: Figures): string[] {
  const { booked, registered, doubles, readBack, events, mails } = figures;
  const exact: Rule[] = [
    ['appointments booked', booked, figures.wished],
    ['double bookings refused', doubles.refused, doubles.attempted],
    ['appointments read back over FHIR', readBack.rest, booked],
    ['appointments read back by GraphQL', readBack.graphql, booked],
    ['events dead-lettered', events.dead, 0],
    ['e-mails delivered', mails.delivered, mailsExpected(figures)],
    ['e-mails delivered twice', mails.duplicates, 0],
  ];
  const counted: Rule[] = [
    ['appointment.booked events published', events.bookedPublished, booked],
    ['appointment.booked events consumed', events.bookedConsumed, booked * BOOKED_CONSUMERS],
    ['patient.registered events published', events.registeredPublished, registered],
    ['patient.registered events consumed', events.registeredConsumed, registered],
  ];
  const isLowerBound = events.endedPods > 0;
  return [
    ...exact.filter(([, actual, must]) => actual !== must),
    ...counted.filter(([, actual, must]) => (isLowerBound ? actual > must : actual !== must)),
  ].map(([what, actual, must]) => `${what}: ${actual}, must be ${must}`);
}

type Rule = [what: string, actual: number, must: number];
