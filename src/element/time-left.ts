const MINUTE_S = 60
// The marks that a screen reader announces. Each stays for a few seconds, so that a late tick does not miss it.
const SPOKEN_AT_S = [60, 30, 20, 10]
const SPOKEN_FOR_S = 5

/** "1 minute 30 seconds" in the language `lang`; in English if `lang` is not a language tag. A value that is no time counts as zero. */
export function formatTimeLeft(seconds: number, lang: string): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : 0
  try {
    return inLanguage(whole, lang)
  } catch {
    return inLanguage(whole, 'en')
  }
}

/** The mark of 60, 30, 20 or 10 seconds that has just been reached. */
export function spokenMark(seconds: number): number | undefined {
  return SPOKEN_AT_S.find((mark) => seconds <= mark && seconds > mark - SPOKEN_FOR_S)
}

function inLanguage(seconds: number, lang: string): string {
  const count = (value: number, unit: string): string =>
    value.toLocaleString(lang, { style: 'unit', unit, unitDisplay: 'long' })
  if (seconds <= MINUTE_S) return count(seconds, 'second')
  return `${count(Math.floor(seconds / MINUTE_S), 'minute')} ${count(seconds % MINUTE_S, 'second')}`
}
