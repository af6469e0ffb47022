/** Everything a run counted. */
export interface Figures {
  readonly patients: number;
  /** Patients that were new to the clinic: each gets a welcome. */
  readonly registered: number;
  readonly practitioners: number;
  readonly wished: number;
  readonly booked: number;
  readonly doubles: { readonly attempted: number; readonly refused: number };
  readonly readBack: { readonly rest: number; readonly graphql: number };
  readonly events: {
    readonly bookedPublished: number;
    readonly bookedConsumed: number;
    readonly registeredPublished: number;
    readonly registeredConsumed: number;
    readonly dead: number;
    /** Pods that ended during the run: what they counted after their last reading is lost, so these numbers may be too low. */
    readonly endedPods: number;
  };
  readonly mails: { readonly delivered: number; readonly duplicates: number };
}

/** The e-mails that must come: one for each booking and one for each new patient. */
export function mailsExpected(figures: Pick<Figures, 'booked' | 'registered'>): number {
  return figures.booked + figures.registered;
}

/**
 * Whether all that takes time (events, e-mails) has arrived. Where pods ended during the run the e-mails alone say so: each is the
 * end of one event's way.
 */
export function isSettled({ booked, registered, events, mails }: Figures): boolean {
  const isCounted =
    events.bookedPublished >= booked &&
    events.bookedConsumed >= booked &&
    events.registeredConsumed >= registered;
  return mails.delivered >= mailsExpected({ booked, registered }) && (isCounted || events.endedPods > 0);
}

/** What is not as it must be, in words; nothing when all is well. */
export function findings(figures: Figures): string[] {
  const { booked, registered, doubles, readBack, events, mails } = figures;
  const exact: Rule[] = [
    ['appointments booked', booked, figures.wished],
    ['double bookings refused', doubles.refused, doubles.attempted],
    ['appointments read back by REST', readBack.rest, booked],
    ['appointments read back by GraphQL', readBack.graphql, booked],
    ['events dead-lettered', events.dead, 0],
    ['e-mails delivered', mails.delivered, mailsExpected(figures)],
    ['e-mails delivered twice', mails.duplicates, 0],
  ];
  const counted: Rule[] = [
    ['appointment.booked events published', events.bookedPublished, booked],
    ['appointment.booked events consumed', events.bookedConsumed, booked],
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
