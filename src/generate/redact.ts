/** Takes an API key out of a text that will be shown. */

// Shorter "keys" (`none`, `ollama`) are placeholders and would tear holes into ordinary words.
export const MIN_SECRET_LENGTH = 8

/** Replaces the key, its URL-encoded and base64 forms, and everything shaped like a key or an Authorization header. */
export function redactor(apiKey: string | undefined): (text: string) => string {
  const forms =
    apiKey && apiKey.length >= MIN_SECRET_LENGTH ? [apiKey, encodeURIComponent(apiKey), Buffer.from(apiKey).toString('base64')] : []
  return (text) => {
    let clean = text
    for (const form of forms) clean = clean.replaceAll(form, '***')
    return clean
      .replace(/\b(authorization|api-key|x-api-key)(["']?\s*[:=]\s*["']?)(bearer\s+)?[^\s"',}]+/gi, '$1$2***')
      .replace(/\bbearer\s+[\w.~+/=-]{8,}/gi, 'Bearer ***')
      .replace(/\b(sk|pk|rk|gsk|xai|key)-[\w*.-]{6,}/gi, '***')
  }
}
