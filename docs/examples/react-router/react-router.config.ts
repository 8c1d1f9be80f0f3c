import type { Config } from '@react-router/dev/config'

export default {
  // The pages are rendered when they are built. The session begins in the browser.
  ssr: false,
  prerender: ['/', '/login'],
  buildDirectory: 'dist',
} satisfies Config
