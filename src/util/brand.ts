/** Strings and numbers that may not be mixed up, told apart by the compiler only. */
declare const brand: unique symbol
type Brand<T, Name extends string> = T & { readonly [brand]: Name }

/** Content identity of a request with its draw: 64 hex digits of SHA-256. */
export type Key = Brand<string, 'Key'>
/** SHA-256 of the bytes of something, 64 hex digits. */
export type Digest = Brand<string, 'Digest'>
/** Canonical coordinates of a cell, `dim=value` pairs sorted by dimension, joined by `&`. */
export type CellId = Brand<string, 'CellId'>
/** Row id of a stored response. */
export type TraceId = Brand<number, 'TraceId'>
/** A batch job of a store. */
export type JobId = Brand<number, 'JobId'>
