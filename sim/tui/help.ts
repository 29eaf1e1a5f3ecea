// All that can be done, by the question that it answers.

export const HELP: readonly {
  readonly question: string;
  readonly keys: readonly (readonly [string, string])[];
}[] = [
  {
    question: 'What happened next?',
    keys: [
      ['← → or h l', 'one event'],
      ['↑ ↓ or k j', 'an event of the selected node'],
      ['⇧← ⇧→ or H L', 'one second'],
      ['g G', 'the first event, the last one'],
      [':', 'to a time'],
    ],
  },
  {
    question: 'Where is it interesting? (capital: backwards)',
    keys: [
      ['v', 'a violation'],
      ['f  e  t', 'a fault, a change of the leader, a grant'],
      ['r  d', 'a state that campaigns must reach; a move of a search'],
      ['/ then n N', 'an event with a text, or node:s2 kind:wake handle:77dc'],
      ['&  Enter', 'only events with that; only those of this handle; Esc: all'],
      ["m  '", 'mark this event, come back to it'],
    ],
  },
  {
    question: 'Who believed what?',
    keys: [
      ['⇥ ⇧⇥', 'select a node'],
      ['i', 'its state after this event (beside the rest where there is room)'],
      ['+ -', 'less or more time in the overview'],
    ],
  },
  {
    question: 'Why, and what if not?',
    keys: [
      ['w  W', 'to what asked for this event; to what it asked for'],
      ['o O', 'to what else the same event asked for'],
      ['x', 'run on without a fault or message, or with another one'],
      ['s', 'save that as a scenario'],
      ['?  q', 'this page; quit'],
    ],
  },
];
