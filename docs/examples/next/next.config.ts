import type { NextConfig } from 'next'

export default {
  // This folder alone, though folders above it have lockfiles as well.
  turbopack: { root: import.meta.dirname },
} satisfies NextConfig
