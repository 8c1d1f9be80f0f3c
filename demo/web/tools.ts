import { devtools, type SessionDevtools } from 'latchkey/devtools'

/**
 * The developer tools of this page, which draw its timeline. An application writes `devtools()`, and only in development. The
 * demo has its own place for them, mishaps of its own that need its server, and no path that names a user.
 */
export const tools: SessionDevtools = devtools({ showPaths: true, mishaps: false, mount: false })
