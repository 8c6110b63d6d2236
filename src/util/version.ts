/** The version of this datagen, as package.json says it. */
export const VERSION = '0.1.0'
