/** The public face of datagen: what a config imports, and the types of what it writes. */
export type {
  AskStep,
  Batch,
  CellMatch,
  Check,
  Config,
  Constraint,
  DeriveStep,
  Dimension,
  DimensionPreset,
  DimensionValue,
  Example,
  Message,
  Model,
  Output,
  Price,
  Recipe,
  RunStep,
  Severity,
  Simulate,
  SingleTurn,
  StepContext,
  ValueDetail,
} from '../schema/config.ts'
export type { Json, JsonObject } from '../schema/json.ts'
export { checks, defineConfig, dimensions, env, file, recipes } from './config/authoring.ts'
