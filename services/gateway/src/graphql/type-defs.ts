/** The GraphQL schema: FHIR's own names, the parts a patient's app shows. Pages follow the services' cursors. */
export const typeDefs = /* GraphQL */ `
  type Query {
    "The caller."
    me: Me!
    patient(id: ID!): Patient
    practitioner(id: ID!): Practitioner
    "The caller's appointments; staff may name a patient or a practitioner."
    appointments(first: Int = 20, after: String, patient: ID, practitioner: ID): AppointmentPage!
  }
  type Me {
    id: ID!
    role: String!
    "Set when the caller is a patient."
    patient: Patient
    "Set when the caller is a practitioner."
    practitioner: Practitioner
  }
  type Identifier {
    system: String
    value: String
  }
  type HumanName {
    text: String
    family: String
    given: [String!]!
    prefix: [String!]!
  }
  type ContactPoint {
    system: String
    value: String
    use: String
  }
  type Patient {
    id: ID!
    identifier: [Identifier!]!
    name: [HumanName!]!
    telecom: [ContactPoint!]!
    gender: String
    birthDate: String
  }
  type Practitioner {
    id: ID!
    identifier: [Identifier!]!
    name: [HumanName!]!
    telecom: [ContactPoint!]!
    gender: String
  }
  type Appointment {
    id: ID!
    status: String!
    start: String
    end: String
    minutesDuration: Int
    created: String
    "The SNOMED CT code of the reason."
    reasonCode: String
    patient: Patient
    practitioner: Practitioner
  }
  type AppointmentPage {
    nodes: [Appointment!]!
    pageInfo: PageInfo!
  }
  type PageInfo {
    hasNextPage: Boolean!
    endCursor: String
  }
`;
