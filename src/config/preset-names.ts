/** The presets' names and ids as types; a test holds them to the files in `presets/`. */

/** Value ids by dimension preset. */
export interface DimensionPresets {
  phrasing: 'question' | 'command' | 'statement' | 'mixed'
  expertise: 'beginner' | 'intermediate' | 'expert'
  complexity: 'brief' | 'standard' | 'detailed'
  context: 'minimal' | 'rich' | 'error'
  edge: 'happy' | 'boundary' | 'error' | 'special'
  weakness:
    | 'wrong-fact'
    | 'missing-step'
    | 'too-terse'
    | 'ignores-the-context'
    | 'unsafe-shortcut'
    | 'answers-another-question'
    | 'overconfident-guess'
    | 'buried-in-padding'
  operation: 'deepen' | 'concretise' | 'add-constraint' | 'add-reasoning' | 'broaden' | 'combine'
  personas:
    | 'night-shift-nurse'
    | 'retired-engineer'
    | 'first-year-student'
    | 'shop-owner'
    | 'science-teacher'
    | 'platform-engineer'
    | 'new-parent'
    | 'grant-writer'
    | 'farmer'
    | 'immigrant-carpenter'
    | 'data-journalist'
    | 'hobby-astronomer'
}

export type DimensionPresetName = keyof DimensionPresets

/** Value ids by dimension, by the domain that brings them. */
export interface DomainPresets {
  technical: {
    scenario:
      | 'dedupe-customers'
      | 'parse-log'
      | 'paginated-api'
      | 'time-zones'
      | 'nested-config'
      | 'large-file'
      | 'flaky-test'
      | 'concurrent-counter'
      | 'validate-form'
      | 'tree-walk'
      | 'money-rounding'
      | 'cache-results'
      | 'legacy-refactor'
      | 'text-encoding'
      | 'schedule-jobs'
    focus: 'language' | 'library' | 'performance' | 'errors'
    language: 'python' | 'typescript' | 'java'
  }
  support: {
    scenario:
      | 'late-parcel'
      | 'delivered-not-received'
      | 'damaged-on-arrival'
      | 'wrong-item'
      | 'charged-twice'
      | 'renewal-surprise'
      | 'warranty-fault'
      | 'locked-out'
      | 'price-drop'
      | 'change-order'
      | 'return-by-post'
      | 'service-outage'
      | 'cancel-contract'
      | 'suspicious-message'
    request: 'information' | 'fix' | 'money-back' | 'complaint'
    tone: 'professional' | 'empathetic' | 'solution-oriented'
    policy: 'allowed' | 'outside' | 'capped' | 'unclear'
  }
  education: {
    scenario:
      | 'fractions'
      | 'linear-equations'
      | 'quadratics'
      | 'derivatives'
      | 'probability'
      | 'statistics'
      | 'photosynthesis'
      | 'natural-selection'
      | 'forces'
      | 'circuits'
      | 'chemical-equations'
      | 'essay-argument'
      | 'causes-of-war'
      | 'supply-demand'
      | 'grammar-tenses'
    depth: 'overview' | 'working' | 'thorough'
    prerequisites: 'solid' | 'gap' | 'misconception'
    activity: 'explanation' | 'worked-example' | 'assessment'
  }
}

export type DomainName = keyof DomainPresets

/** Value ids by dimension, by the format that brings them. */
export interface FormatPresets {
  code: {
    paradigm: 'object-oriented' | 'functional' | 'procedural'
    extent: 'snippet' | 'function' | 'program'
    approaches: 'one' | 'several'
  }
  creative: {
    genre: 'literary' | 'mystery' | 'speculative' | 'comic'
    perspective: 'first-person' | 'close-third' | 'omniscient'
    pacing: 'slow' | 'steady' | 'fast'
    style: 'minimalist' | 'balanced' | 'ornate'
  }
  'data-analysis': {
    data: 'structured' | 'time-series' | 'text'
    purpose: 'descriptive' | 'predictive' | 'exploratory'
    business: 'commerce' | 'operations' | 'public'
    scale: 'small' | 'medium' | 'large'
  }
  'technical-docs': {
    document: 'api-reference' | 'tutorial' | 'architecture' | 'troubleshooting' | 'reference'
    reader: 'newcomer' | 'developer' | 'operator'
  }
}

export type FormatName = keyof FormatPresets

export type PatternName = 'support' | 'debugging' | 'learning'

export type RubricName = 'conversation' | 'code' | 'creative' | 'data-analysis' | 'technical-docs' | 'adherence' | 'preference'
