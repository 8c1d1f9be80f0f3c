/** Registers a new user at the reference backend and returns the token response, as a login form would get it. */
export async function register(
  delivery: 'cookie' | 'body',
  credentials: RequestCredentials = 'same-origin',
): Promise<unknown> {
  const response = await fetch('/auth/register', {
    method: 'POST',
    credentials,
    headers: { 'content-type': 'application/json', 'x-requested-with': 'bench' },
    body: JSON.stringify({
      username: `user-${crypto.randomUUID()}`,
      password: crypto.randomUUID(),
      delivery,
    }),
  })
  if (!response.ok) throw new Error(`Registering was answered with ${response.status}`)
  return (await response.json()) as unknown
}
