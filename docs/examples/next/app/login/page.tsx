import { Login } from './form'

interface Props {
  readonly searchParams: Promise<{ readonly reason?: string }>
}

export default async function Page({ searchParams }: Props) {
  const { reason } = await searchParams
  return (
    <>
      {reason && <p>Your session has ended: {reason}.</p>}
      <Login />
    </>
  )
}
