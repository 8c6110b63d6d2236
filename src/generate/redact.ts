/** Takes API keys and other secrets out of a text that will be shown. */

// Shorter "keys" (`none`, `ollama`) are placeholders and would tear holes into ordinary words.
export const MIN_SECRET_LENGTH = 8

/** Replaces each secret, its URL-encoded and base64 forms, and everything shaped like a key or an Authorization header. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = secrets
    .filter((secret) => secret.length >= MIN_SECRET_LENGTH)
    .flatMap((secret) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')])
  return (text) => {
    let clean = text
    for (const form of forms) clean = clean.replaceAll(form, '***')
    return clean
      .replace(/\b(authorization|api-key|x-api-key)(["']?\s*[:=]\s*["']?)(bearer\s+)?[^\s"',}]+/gi, '$1$2***')
      .replace(/\bbearer\s+[\w.~+/=-]{8,}/gi, 'Bearer ***')
      .replace(/\b(sk|pk|rk|gsk|xai|key)-[\w*.-]{6,}/gi, '***')
  }
}

/** Whether a body holds one of them as it is: short ones prove nothing. */
export function holdsSecret(body: Uint8Array | string, secrets: readonly string[]): boolean {
  const bytes = typeof body === 'string' ? body : Buffer.from(body.buffer, body.byteOffset, body.length)
  return secrets.some((secret) => secret.length >= MIN_SECRET_LENGTH * 2 && bytes.includes(secret))
}
