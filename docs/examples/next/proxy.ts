import { NextResponse, type NextRequest } from 'next/server'

export const config = { matcher: ['/', '/auth/:path*', '/api/:path*'] }

export function proxy(request: NextRequest) {
  const { pathname, search } = request.nextUrl
  // For the browser the backend is part of this origin.
  if (pathname !== '/') return NextResponse.rewrite(new URL(pathname + search, process.env.BACKEND))
  // The backend's hint that there may be a session. Without it, there is nothing to restore.
  if (!request.cookies.has('latchkey-hint'))
    return NextResponse.redirect(new URL('/login', request.url))
}
