import { SessionProvider } from 'latchkey/react'
import type { ReactNode } from 'react'
import { Meta, Outlet, Scripts } from 'react-router'
import { session } from './session'

export function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Notes</title>
        <Meta />
      </head>
      <body>
        {children}
        <Scripts />
      </body>
    </html>
  )
}

export default function Root() {
  return (
    <SessionProvider session={session}>
      <Outlet />
    </SessionProvider>
  )
}
