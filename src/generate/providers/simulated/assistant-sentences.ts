/** The sentences of simulated assistants, with slots. */

/** The answer in one sentence, in the words of the asker's level. */
export const OPENINGS = {
  beginner: [
    'to {do}, start small: take {small} entries, try it on them, and look at the result before you go on.',
    'the easiest way to {do} is {approach}; you can begin with {thing} and leave the rest for later.',
    'think of {doing} as {small} tiny steps, and let {thing} be the first one.',
    'you can {do} with nothing but the basics: {approach}, then check {thing}.',
    'begin with {approach}: that alone is enough to {do}, even for {amount} entries.',
    'first look at {thing}, then {do} one piece at a time, say {small} of them.',
    'there is a simple recipe for {doing}: {approach}, and after it a quick look at {small} results.',
  ],
  intermediate: [
    'the usual way to {do} is {approach}, with {thing} as the single place that knows about it.',
    'I would {do} by {approach} and keep {thing} free of special cases.',
    'for {amount} entries, {approach} is enough to {do}; {second} pays off only above {small} times that.',
    'split {doing} into two parts: {approach} first, then a check of {thing}.',
    'put {doing} behind {thing}, and choose {approach} over {second}.',
    'prefer {approach} for {doing}; it keeps {thing} readable and costs about {small} lines.',
    '{approach} fits well here: it lets you {do} without touching more than {thing}.',
  ],
  expert: [
    'treat {doing} as a fold over {amount} entries: {approach} keeps the working set bounded, and {thing} stays idempotent.',
    'the bottleneck in {doing} is rarely the obvious one; {approach} amortises it, at the price of {small} percent more state in {thing}.',
    '{approach} gives you linear time and constant memory for {doing}, provided that {thing} preserves ordering.',
    'use {approach}, make {thing} the only mutation point, and {doing} becomes safe to retry.',
    'with {amount} entries the choice is between {approach} and {second}; the former wins on locality, the latter on contention in {thing}.',
    'push the invariant into {thing} and {do} with {approach}; back-pressure then follows from a bound of {small}.',
    'for {doing}, {approach} dominates {second} unless the key distribution of {thing} is skewed by more than {small} to one.',
  ],
} as const

/** What may come before an opening, in the same sentence. */
export const LEADS = [
  'with {amount} entries and {when} in mind',
  'as long as {person} gives you {amount} of them',
  'even if {thing} grows to {amount}',
  'since {other} needs it {when}, all {amount} of it',
  'given {amount} entries and {small} minutes',
  'if {person} agrees by {when}, {small} of {amount} at a time',
  'for anything up to {amount}, and with {other} around',
  'until {when} and for {amount} entries',
] as const

/** What may follow it, as a sentence of its own. */
export const TAILS = [
  'plan about {small} minutes for every {amount} entries.',
  'tell {person} once the first {amount} are through.',
  'by {when} you should have {amount} of them behind you.',
  'with {other} looking on, {amount} take {small} hours at most.',
  'if {thing} refuses, come back with {small} of the {amount} that failed.',
  'beyond {amount}, ask {person} for {small} more minutes.',
  'keep {small} of every {amount} aside and show them to {other}.',
  'on {when} check it again with {amount}.',
] as const

export const REASONS = [
  'that way {thing} does one thing only, and {other} can follow it.',
  'it is the option with the fewest surprises, even with {amount} entries.',
  'otherwise you will meet the same problem again by {when}.',
  'the reason is that {thing} is the part which changes most often.',
  'anything cleverer saves {small} minutes and costs a day later.',
  'most mistakes come from doing both halves of it at once.',
  'this keeps the door open for {second} if you need it some day.',
  'you can undo every step of it, which matters more than speed here.',
  'a plain solution is easier to hand over to {person}.',
  'what matters is that the result can be checked against {small} known cases.',
] as const

export const STEPS = [
  'set {small} entries aside that you know by heart, and use them as your test.',
  'give {thing} a name that says what it returns.',
  'do the reading and the deciding in separate places.',
  'write the result somewhere new instead of over the old one.',
  'make the failing case first, so that you see it succeed later.',
  'handle the empty case before any other.',
  'keep {amount} as a parameter rather than a constant.',
  'note what you assume about {thing}, ideally next to it.',
  'stop at the first entry that looks wrong, and say which one it is.',
  'run it twice: the second run must change nothing.',
  'compare the totals before and after; they have to agree to the last of {amount}.',
  'let {person} look over the first {small} results.',
  'work on a copy until {when}, then switch over.',
  'leave the order as it was, because somebody always relies on it.',
  'measure once with {small} entries and once with all {amount}.',
] as const

export const EXAMPLES = [
  'for example, with {small} entries from {person} you would sort out the doubtful ones first, do the rest in one go, and come back to the others {when}.',
  'say {other} hands you {amount} of them: you take the first {small}, finish those, and only then decide about the remainder.',
  'take {person}: {small} open points, one of them urgent; start with that one, write down what you did, and the other points follow the same pattern.',
  'imagine that {when} everything has to be ready: count back from there, give each of the {small} steps an owner, and let {other} keep the list.',
  'suppose {thing} came back with {small} remarks; answer the one that changes the outcome, and group the others.',
] as const

export const CAUTIONS = [
  'be careful with anything that appears twice: {small} duplicates among {amount} are easy to miss.',
  'one thing to watch is {thing}: it must not depend on the time of day.',
  'if {other} works on the same data, agree on who writes first.',
  'do not skip the check at the end, even when the first {small} look fine.',
  'keep the original until {when} at least.',
  'mind the limits: above {amount} entries the picture changes.',
] as const

export const CLOSINGS = [
  'if {thing} behaves differently for you, compare it with the first {small} entries.',
  'once this works, {second} is a natural next step.',
  'that should carry you well past {amount} entries.',
  'when in doubt, choose the version that {other} can explain.',
  'after that, tell {person} what changed and why.',
  'from here on it is mostly a matter of repeating it {small} times.',
] as const

export const GOOD_NEWS = [
  'good question.',
  'you are closer than you think.',
  'this trips up many people, so take your time.',
  'nice that you want to understand it properly.',
  'happy to help with {doing}.',
  'no worries, this is quite doable.',
  'let us take it one step at a time.',
  'that is a sensible thing to ask before {when}.',
] as const

/** Ways of doing things, as noun phrases. */
export const APPROACHES = {
  code: [
    'a single pass with a dictionary',
    'a small pure function',
    'a generator that yields one item at a time',
    'the standard library',
    'sorting first and merging afterwards',
    'an explicit loop',
    'a lookup table',
    'reading in chunks',
    'a queue with a fixed size',
    'a comprehension',
    'early returns',
    'a class that owns the state',
    'a cache keyed by the input',
    'a table of test cases',
    'two functions, one for parsing and one for the rule',
    'an index built once',
    'streaming line by line',
    'a guard at the boundary',
    'recursion with a base case',
    'a batch at the end of each step',
  ],
  people: [
    'a short checklist',
    'one written request',
    'a phone call first',
    'a shared calendar',
    'a fixed order of steps',
    'a trial with a few cases',
    'a clear deadline',
    'one person in charge',
    'a summary in three lines',
    'a standing agreement',
    'a decision table',
    'a quiet hour each week',
    'a template letter',
    'a second pair of eyes',
    'a small pilot',
    'a list sorted by urgency',
    'a written offer',
    'a polite reminder',
  ],
} as const

export const ADVANTAGES = [
  'easy to explain to {other}',
  'cheap to undo until {when}',
  'works the same for {small} and for {amount}',
  'keeps {thing} untouched',
  'needs no preparation',
  'fails early and visibly',
  'can be tested with {small} cases',
  'leaves a trail that {person} can follow',
  'little to maintain',
  'fast enough for {amount} entries',
] as const

export const DRAWBACKS = [
  'slow above {amount} entries',
  'needs {person} to agree',
  'hides what happens inside {thing}',
  'takes about {small} hours to set up',
  'one more thing to keep in step',
  'hard to change after {when}',
  'repeats itself in {small} places',
  'uses more memory than it looks',
  'depends on the order of the input',
  'says little when it fails',
] as const

export const VERDICTS = [
  'between them, choose {approach} when you need it by {when}, and {second} when it has to last.',
  '{approach} is the safer start, {second} the better end; moving from one to the other costs about {small} hours.',
  'if {amount} is the most you expect, stay with {approach}; otherwise invest in {second}.',
  'what decides is who maintains {thing}: {other} will prefer {approach}, a larger team {second}.',
  'I would begin with {approach}, measure for {small} days, and switch only if the numbers ask for it.',
] as const

export const TITLES = [
  'ways of {doing}',
  'options to {do}',
  'how to {do}',
  'choosing an approach',
  'a plan for {doing}',
  'what to consider',
] as const
