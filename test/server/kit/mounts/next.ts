import { sessions } from './sessions.ts'

// app/auth/refresh/route.ts; login and logout are like it.
export const POST = (request: Request): Promise<Response> => sessions.refresh(request)
