/**
 * The version of the key format. Changing anything in this folder that changes a key means raising it, a line
 * in this story, and a migration: every dataset of every user would be bought again.
 *
 * 1 (2026-11): first format. request = canonical JSON of `Request`; key = H(request digest, draw).
 */
export const KEY_FORMAT = 1
