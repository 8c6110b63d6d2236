/** The sentences of turns in the middle of simulated conversations, with slots. */

export const REPLIES = {
  detail: [
    'it happens {where}, about {small} times out of {amount}.',
    'I looked again: {person} has {amount} of them, and {small} look wrong.',
    'the one I mean is `{name}`, from {when}.',
    '{other} set it up with {small} entries, and nobody has touched it since {when}.',
    'I already tried it with {small} of them, and that made no difference.',
    'what I left out is that {person} needs {amount} of these by {when}.',
    'it is `{file}`, {amount} lines, last saved {when}.',
    'since {when} it has been {small} minutes instead of {amount} seconds.',
    'no, {other} does not use it; only {person} and I do.',
    'oddly enough, {small} of the {amount} are fine.',
  ],
  fails: [
    'that helped with the first {amount}, but now it stops at {small}.',
    'better, though not there yet: {small} of {amount} still come out wrong.',
    'I did exactly that, and `{name}` now gives {small} instead of {amount}.',
    'the first error is gone, and a new one shows up after {small} entries.',
    'it ran further than before, up to {amount}, and then it stopped.',
  ],
  works: [
    'that did it: all {amount} went through.',
    'it works now, thank you; I checked {small} of them by hand.',
    'sorted, {person} confirmed it {when}.',
    'good news, the {amount} are right, and so is the total.',
    'that settled it; even {other} got {amount} without a hitch.',
  ],
  accepts: [
    'all right, I will do that with {small} of them first.',
    'fine by me; {person} can do it {when}.',
    'good, that sounds like the easiest way for {amount} of them.',
    'okay, I have just started it, {small} of {amount} so far.',
  ],
  wonder: [
    'does that still hold with {amount} of them?',
    'would it be the same if {other} had to {do}?',
    'and what happens to the {small} that are left over?',
    'is there a reason not to {do} {when} already?',
    'how would I notice that it goes wrong after {amount}?',
    'so could I use that for {doing} {where} as well?',
    'what if {person} only has {small} of them?',
    'do I have to tell {other} about it before {when}?',
  ],
  echo: [
    'I think I follow, up to the part with {small}.',
    'that makes sense for {amount}.',
    'okay, so it is not about {person} at all.',
    'right, I had not thought of {doing} that way.',
  ],
} as const

export const ASKING = {
  lead: [
    'I see, so {doing} is where it hurts.',
    'thanks, that narrows it down a little.',
    'before I say anything about {doing}, a few things would help.',
    'that could have more than one cause.',
    'understood; {amount} is a number I would like to look at more closely.',
  ],
  questions: [
    'which of the {amount} did you try first?',
    'when did it last work, before or after {when}?',
    'is {person} seeing the same thing?',
    'could you show me {small} lines around it?',
    'does it also happen with only {small} of them?',
    'what exactly do you get, word for word?',
    'has anything else changed since {when}?',
    'who set it up, {person} or {other}?',
  ],
} as const

export const CLOSING = [
  'glad that settles it.',
  'then {doing} is done, and {person} can go on {when}.',
  'good, so it was the {small} and nothing else.',
  'that confirms it: the cause is gone for all {amount}.',
  'happy to hear it; should it come back, begin with {small} of them.',
] as const
