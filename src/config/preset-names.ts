/** The presets' names and value ids as types; a test holds them to the files in `presets/`. */

/** Value ids by dimension preset. */
export interface DimensionPresets {
  phrasing: 'question' | 'command' | 'statement' | 'mixed'
  expertise: 'beginner' | 'intermediate' | 'expert'
  complexity: 'brief' | 'standard' | 'detailed'
  context: 'minimal' | 'rich' | 'error'
  edge: 'happy' | 'boundary' | 'error' | 'special'
}

export type DimensionPresetName = keyof DimensionPresets
