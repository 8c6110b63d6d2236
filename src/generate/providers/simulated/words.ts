/** The vocabulary of simulated texts. */

/** Base verbs that a topic may begin with. */
export const VERBS: ReadonlySet<string> = new Set(
  `accept access add adjust aggregate align allocate allow analyse analyze annotate apply approve arrange ask assemble assess assign attach
  authenticate automate avoid back balance batch benchmark bind block book bring build cache calculate call cancel capture catch change
  check choose clean clear clone close collect combine compare compile complete compress compute configure confirm connect construct
  contact control convert copy correct count create crop cut deal debug decide declare decode decompress decrypt define delete deliver deploy
  describe deserialize design detect determine develop diagnose diff disable discover display dispute divide document download draft draw
  drop edit eliminate embed enable encode encrypt end enforce ensure enumerate escape estimate evaluate exchange execute expand explain
  export expose extend extract fetch file fill filter find fix flag flatten follow force format forward generate get give group handle
  hash help hide identify implement import improve include increase index infer inspect install integrate interpret intersect invert
  investigate iterate join keep label launch learn limit link list listen load locate log look loop maintain make manage map mark mask
  match measure merge migrate mock model modify monitor mount move multiply name negotiate normalise normalize notify open optimise
  optimize order organise organize package paginate parallelise parallelize parse pass patch pay perform pick pivot plan plot populate
  post predict prepare present preserve prevent print prioritise prioritize process profile prove provide prune publish pull push query
  queue quote raise randomise randomize rank reach read rebuild receive recommend reconcile record recover redirect reduce refactor
  refund register reject release reload remove rename render reopen repair repeat replace report request reschedule reset resize resolve
  restart restore restrict retrieve return reuse reverse review revoke rewrite rotate round route run sample save scale scan schedule
  scrape search secure select send separate serialise serialize serve set share ship shorten show shuffle sign simplify simulate skip
  slice solve sort specify split stack standardise standardize start stop store stream sum strip structure style submit subtract summarise
  summarize swap switch sync tag take talk test tidy time tokenise tokenize track train transfer transform translate transpose traverse
  treat trim troubleshoot tune turn type understand undo unify uninstall unpack unsubscribe update upgrade upload use validate verify
  view visualise visualize wait walk warn watch work wrap write zip`.split(/\s+/),
)

/** Verbs whose last letter doubles before -ing. */
export const DOUBLING: ReadonlySet<string> = new Set(
  'crop cut debug drop get log map plan plot put run scan set ship skip split stop strip submit sum swap tag trim wrap zip'.split(' '),
)

export const ADJECTIVES =
  `amber annual archived blue brisk broken central clean coastal cold compact copied crimson daily damaged deep digital
  early eastern empty exported final first fresh global golden green hourly imported inner joined large late legacy local lower main manual
  merged midnight minor mobile modern monthly morning narrow nested nightly noisy northern old open outer partial pending plain primary
  private public quarterly quiet rapid raw recent regional remote rough rural second shared short silent silver small southern spare
  staging steady summer tall test third tidy tiny upper urban vintage weekly western wide winter yearly yellow young`.split(/\s+/)

export const NOUNS =
  `accounts alerts answers articles assets batches bookings branches campaigns carts catalog channels claims classes clients
  comments contracts courses customers deliveries devices drafts emails entries events expenses feeds fields files flights forms grades
  guests harvest images incidents invoices items journals keys labels leads ledger lessons letters library logs maps measurements meetings
  members menus messages meters metrics movies notes offers orders pages parcels patients payments photos plans players polls posts
  prices products profiles projects quotes ratings readings receipts records refunds rentals repairs reports results reviews rides rooms
  routes sales samples scores seats sensors sessions shifts signals songs staff stations stock stores students surveys tables tasks teams
  tests tickets timers tokens tours trades trips users vendors videos visits votes wallets weather`.split(/\s+/)

export const FUNCTION_VERBS =
  'apply build check clean collect count fetch find fold get group keep load make merge pick prepare read resolve run save scan select split store sum update walk'.split(
    ' ',
  )

export const PEOPLE =
  `Abebe Aiko Alma Amir Ana Anders Anya Astrid Bao Beatriz Bilal Carmen Chidi Clara Daan Dalia Diego Elif Emeka Esther Farid
  Fatima Felix Freya Gita Hana Hiro Ida Imani Ines Isak Jamal Jana Joao Jonas Kaito Kavya Kofi Lena Leo Lucia Maja Malik Marek Maya Mei
  Mila Naveen Nia Noor Olga Omar Oskar Paolo Petra Priya Quinn Rafael Rania Ravi Rosa Sami Sanne Selma Sora Tariq Teo Tomas Uma Vera
  Viktor Wanda Yara Yusuf Zainab Zoe`.split(/\s+/)

export const PROJECTS =
  `a small side project|a course assignment|our internal dashboard|a migration at work|a weekend prototype|a customer demo|
  an old codebase I inherited|a charity's website|our reporting pipeline|a research notebook|a hackathon entry|a client handover|an audit|
  our onboarding material|a workshop I give|a school club|the back office|a team of volunteers|our support desk|a family business|
  a job interview exercise|an open source tool|a monthly newsletter|the new regional office|a pilot with two partners`
    .split('|')
    .map((text) => text.trim())

export const DAYS = 'Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday'.split('|')
export const MOMENTS =
  'before noon|in the morning|by the end of the day|before the stand-up|after lunch|before the review|in the evening|at nine'.split('|')

/** What makes a request demanding, in the words of each level of expertise. */
export const CONCERNS = {
  beginner: [
    'without it getting too complicated',
    'in small steps I can follow',
    'so that I understand what each part does',
    'using only the basics',
    'without breaking what already works',
    'in a way that is easy to remember',
    'without installing anything extra',
    'and know that it worked',
  ],
  intermediate: [
    'without repeating myself everywhere',
    'in a way my colleagues can read',
    'so that it still works when the input grows',
    'so that I can test it',
    'with sensible handling of bad input',
    'without slowing everything down',
    'in line with common practice',
    'while keeping the old behaviour',
  ],
  expert: [
    'with bounded memory',
    'while keeping the operation idempotent',
    'without giving up strict ordering guarantees',
    'at constant amortised cost',
    'under concurrent access',
    'without an extra pass over the input',
    'with well-defined failure semantics',
    'while preserving backward compatibility',
  ],
} as const

/** Words that say nothing about a topic. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  `a about above after again all already also always am an and any are around as asked at away back be because been before being below best between both but by can
  cannot could did do does doing done down each either else enough even every everything far few for from further get gets getting give go goes going got had has
  have having help her here him his how however i if in into is it its just keep know last less let like little look made make makes many may maybe me mean
  might mine more most much must my need needs never new no none nor not nothing now of off often on once one only or other our out over own part please
  possible quite rather really right same say see seem seems she should show since so some someone something soon still such sure take tell than thank thanks
  that the their them then there these they thing things think this those though through to too told tried try trying two under until up upon us use used using very want
  wants was way we well were what when where whether which while who whole why will with within without work works would yes yet you your`.split(
    /\s+/,
  ),
)
