export interface Agent {
  readonly id: string;
  readonly name: string;
  readonly team: string;
}

const teams = ['Sales North', 'Sales South', 'Retention', 'Service'] as const;

const names = [
  'Amara Okafor',
  'Jonas Weber',
  "Siobhan O'Neill",
  'Léa Fournier',
  'Mateusz Zieliński',
  'Priya Raman',
  'Tomás Herrera',
  'Ingrid Solberg',
  'Darius Cole',
  'Yuki Tanaka',
  'Fatima Benali',
  'Owen Pritchard',
  'Greta Lindqvist',
  'Samuel Adeyemi',
  'Chiara Ricci',
  'Noah van Dijk',
  'Hana Novotná',
  'Marcus Bell',
  'Zeynep Kaya',
  'Elena Petrova',
  'Liam Gallagher',
  'Anke Müller',
  'Rafael Souza',
  'Nadia Haddad',
] as const;

/** Six agents in each of the four teams. */
export const agents = names.map((name, index) =>
  agent(name, index, teams[index % teams.length] ?? teams[0]),
) as [Agent, ...Agent[]];

export const campaigns = ['Autumn Upgrade', 'Fibre Launch', 'Win-back', 'Loyalty Plus', 'Inbound'] as const;

/** As reviewers write: with commas, quotation marks and line breaks. */
export const comments = [
  'Clear and friendly.',
  'Good opening, but the closing question was missing.',
  'Customer said "finally somebody who listens".',
  'Slow start, then solved it in one call.\nFollow-up is booked for Tuesday.',
  'Data protection notice was read too fast; please coach.',
  'Offer explained well, price named late, no pressure.',
  '',
  'Äußerst geduldig; sehr gut gelöst.',
  'Talked over the customer twice.\nSee 03:10, and again 05:42.',
] as const;

function agent(name: string, index: number, team: string): Agent {
  return { id: `A${1001 + index}`, name, team };
}
