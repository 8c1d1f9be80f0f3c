export default defineNuxtConfig({
  // `nuxt generate` renders the pages when they are built. The session begins in the browser.
  nitro: { output: { publicDir: 'dist' } },
  compatibilityDate: '2026-01-01',
  telemetry: false,
})
